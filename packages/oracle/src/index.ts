export { FILE_NAMES, FILE_PAGES, WINDOW_PAGES, WINDOW_START, WRITTEN_BYTE } from "./list/operation.ts";
export type { Descriptor, FileName, Operation, OperationBody } from "./list/operation.ts";
export { OperationError } from "./list/operation-error.ts";
export { parseOperation, parseOperations } from "./list/parse-operations.ts";
export type { ResultLine, VmaLine } from "./result/result-line.ts";
export type { Subject } from "./result/subject.ts";
