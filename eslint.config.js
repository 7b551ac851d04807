import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";
import { boundaries } from "./tooling/boundaries.js";
import { steps } from "./tooling/steps-awaited.js";

export default defineConfig(
  globalIgnores(["**/dist/", "build/", "coverage/", "faultline-out/", "traces/"]),
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        // As in tsconfig: an exported `const seen: Set<string> = new Set()` needs its annotation.
        isolatedDeclarations: true,
      },
    },
  },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    name: "faultline/house",
    rules: {
      // A new kind of event has to be dealt with wherever kinds are told apart, unless a default says otherwise.
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],

      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", caughtErrorsIgnorePattern: "^_" },
      ],
      // `while (true)` is how a kernel retry loop reads.
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: "only-allowed-literals" },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],

      // A procedure that returns before its first step is still a procedure.
      "require-yield": "off",
      // `table[i]!` says that the loop has checked the index; noUncheckedIndexedAccess asks for it.
      "@typescript-eslint/no-non-null-assertion": "off",
      // A type alias fits an index signature, an interface does not: both are needed.
      "@typescript-eslint/consistent-type-definitions": "off",
      // A parameter used once is what makes a handle or a reference typed.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
    },
  },
  {
    name: "faultline/one-idea-per-file",
    files: ["packages/*/src/**"],
    rules: { "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }] },
  },
  {
    name: "faultline/steps-are-awaited",
    files: ["packages/{mm,gallery}/src/**"],
    plugins: { steps },
    rules: { "steps/awaited": "error" },
  },
  {
    name: "faultline/tests",
    files: ["test/**", "packages/*/test/**"],
    rules: {
      // Stubs are empty, and an async signature may be what is under test.
      "@typescript-eslint/no-empty-function": "off",
      "@typescript-eslint/require-await": "off",
    },
  },
  {
    name: "faultline/plain-javascript",
    files: ["**/*.js"],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { URL: "readonly" } },
  },
  boundaries,
);
