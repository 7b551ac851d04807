import "@faultline/interleave";
import "@faultline/mm";
