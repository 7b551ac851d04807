import { apiV16 } from "./api-v16.ts";
import type { ApiGeneration, Method } from "./handle-type.ts";

const { zap_page_range_single: zap, ...others } = apiV16.types["VmaRef"]!.methods as Record<string, Method>;

/** The rename of 2026 as posted: zap_page_range_single is zap_vma_range, in C and in Rust. The types are the same. */
export const api2026: ApiGeneration = {
  name: "2026",
  types: {
    ...apiV16.types,
    VmaRef: { ...apiV16.types["VmaRef"]!, methods: { ...others, zap_vma_range: zap! } },
  },
};
