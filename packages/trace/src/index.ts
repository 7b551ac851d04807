import "@faultline/mm";
import { Packr } from "msgpackr";

/** Plain maps instead of msgpackr's own records, so that every MessagePack decoder can read a trace. */
export const packr: Packr = new Packr({ useRecords: false });
