/**
 * The diagnostics catalogue: every code AnyCall can print, in one place. `docs/errors/ACnnnn.md` has a page for each.
 *   AC1xxx language · AC2xxx types and integers · AC3xxx verifier · AC4xxx engine and system.
 * Codes are stable: never reuse one. Data and the Diagnostic type only; formatting belongs to cli/.
 */

export type Severity = "error" | "warning" | "hint";

/** A place in a source file, in UTF-16 code units as TypeScript counts them. */
export interface Span {
  readonly file: string;
  readonly start: number;
  readonly length: number;
}

export interface TextEdit {
  readonly span: Span;
  readonly text: string;
}

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** One sentence in the user's terms. */
  readonly message: string;
  readonly span?: Span;
  /** Why it is so, and what is required; further sentences. */
  readonly why?: string;
  /** What to do about it. */
  readonly fix?: string;
  /** A machine-applicable edit, when one is known. */
  readonly edits?: readonly TextEdit[];
  readonly related?: readonly { readonly span: Span; readonly message: string }[];
  /** Further lines for the terminal: verifier path, ranges, the kernel's own words. */
  readonly notes?: readonly string[];
}

export interface CatalogueEntry {
  readonly title: string;
  readonly severity: Severity;
  readonly what: string;
  readonly why: string;
  readonly fix: string;
}

/** Filled by the parts that report: keep codes ascending. */
export const CATALOGUE = {
  AC1001: { title: "syntax not supported", severity: "error", what: "This TypeScript construct can't be compiled to eBPF.",
    why: "Compiled functions run in the kernel without a JavaScript engine.", fix: "Rewrite it with the constructs listed in docs/language.md." },
  AC1002: { title: "internal compiler error", severity: "error", what: "The compiler failed on this construct.",
    why: "This is a bug of AnyCall, not of your program.", fix: "Report it with the function; writing the construct differently may help meanwhile." },
  AC1003: { title: "recursion", severity: "error", what: "This call closes a cycle of calls.",
    why: "Functions are compiled into their callers, and the kernel has no stack for recursion.", fix: "Use a loop with a stack<T>(n)." },
  AC1004: { title: "handle not opened by using", severity: "error", what: "A handle must be opened by `using`.",
    why: "Only `using` releases it on every way out, also when a check or a loop's budget ends the call.", fix: "Write `using file = sys.open(…);`." },
  AC1005: { title: "mark not possible here", severity: "error", what: "This function can't be marked for compilation.",
    why: "A marked function is a static method, or a function given to `anycall` in a module-level constant.", fix: "Write `export const f = anycall((…) => …)`, or `@anycall static m(…) {…}`." },
  AC1006: { title: "module memory", severity: "error", what: "This kind of memory must be declared at module level, by a constant with a constant size.",
    why: "It lives as long as the loaded object and has a fixed place in it.", fix: "Write `const page = buffer(4096);` at the top of the file." },
  AC1007: { title: "not a constant", severity: "error", what: "A constant is required here.",
    why: "Its value is needed when the program is compiled.", fix: "Use a literal or a module constant made of literals." },
  AC1008: { title: "name not available", severity: "error", what: "This name has no value that a compiled function can use.",
    why: "A compiled function sees constants, buffers, and functions of its modules, and what it declares itself; mutable variables of the JavaScript around it are out of reach.", fix: "Pass the value as a parameter, or keep it in `global(…)`." },
  AC1009: { title: "call not possible", severity: "error", what: "The called function can't be compiled into this one.",
    why: "Only functions whose source is part of the project, and those of \"anycall\", are there in the kernel.", fix: "Call a function of the project, or one of \"anycall\"." },
  AC1010: { title: "size of a table", severity: "error", what: "This is no number of rows that a table can have.",
    why: "A table's memory is reserved when the program is loaded: from one row to 1 GiB in all.", fix: "Give table<T>(rows) a constant from 1 up." },
  AC1011: { title: "shape of a map", severity: "error", what: "The kernel has no map of this shape.",
    why: "A map's memory is reserved when it is made: its number of entries, its kind and the sizes of keys and values are constants with limits.",
    fix: "Write hash<K, V>(entries) with a constant, keys of at most 512 bytes, and at most { lru: true, perCpu: true } behind." },
  AC1012: { title: "ring buffers", severity: "error", what: "ring<T>(n) is not supported by this version.",
    why: "Ring buffers are a later step of the language.", fix: "Write records into a buffer with `as<T>(at)` or `put`." },
  AC1013: { title: "log", severity: "error", what: "log`…` is not supported by this version.",
    why: "Log lines are a later step of the language.", fix: "Return the value, or put it into a buffer." },
  AC1014: { title: "kernel objects", severity: "error", what: "Kernel objects are not supported by this version.",
    why: "Typed access to tasks and other kernel objects is a later step of the language.", fix: "Use system calls: /proc files for processes." },
  AC1015: { title: "place of atomics", severity: "error", what: "Only aligned values of 32 or 64 bits change in one step.",
    why: "The kernel's atomic instructions have these two widths and want aligned memory.", fix: "Make the field a u32, i32, u64 or i64 of a table's row, a map's value or a global." },
  AC1016: { title: "directory entries", severity: "error", what: "entries() is not supported by this version.",
    why: "Iterating a directory handle is a later step of the language.", fix: "Use sys.openat and sys.getdents64." },
  AC1017: { title: "operation not in the table", severity: "error", what: "This operation is not in the table of kernel operations.",
    why: "Every operation needs a row in kernel/abi/syscalls.ts and its kernel function.", fix: "Use one of the operations in docs/syscalls.md." },
  AC1018: { title: "exceptions", severity: "error", what: "There are no exceptions in the kernel.",
    why: "Nothing could catch them there.", fix: "Return a negative error number, or use assert(cond, code)." },
  AC1019: { title: "asynchronous code", severity: "error", what: "Asynchronous functions and generators can't be compiled.",
    why: "A compiled function runs from start to end in one kernel transition.", fix: "Write it as an ordinary function." },
  AC1020: { title: "objects of JavaScript", severity: "error", what: "Only classes that are plain structs with methods are available here.",
    why: "An object is memory of a fixed layout; what is called is known when the program is compiled.", fix: "Use a class of fields and methods at module level, or an interface." },
  AC1021: { title: "strings are not built", severity: "error", what: "Strings can't be joined or formatted.",
    why: "There is no heap in the kernel to hold the new string.", fix: "Copy the parts into a buffer with put()." },
  AC1022: { title: "spread and rest", severity: "error", what: "Spread and rest are not supported.",
    why: "The number of values must be known where they are used.", fix: "Name each value." },
  AC1023: { title: "method not available", severity: "error", what: "This method or property is not available in compiled code.",
    why: "Only what works in place, without a heap, is there.", fix: "See the list of methods in docs/language.md." },
  AC1024: { title: "different memory", severity: "error", what: "A variable of this kind can't refer to different memory on different ways.",
    why: "The kernel's verifier must know which memory is accessed at each point.", fix: "Use one variable for each buffer or struct, or copy with put()." },
  AC1025: { title: "handle may not be open", severity: "error", what: "The handle may be closed or never opened here.",
    why: "A failed open gives no handle.", fix: "Test `.ok` first: `if (!file.ok) return file.errno;`." },
  AC1026: { title: "handle kept", severity: "error", what: "A handle can't be stored, returned or assigned.",
    why: "It belongs to the block that opened it.", fix: "Lend it to functions as an argument." },
  AC1027: { title: "memory of another file", severity: "error", what: "Buffers and globals of another source file can't be used here.",
    why: "Each source file becomes an object with its own memory.", fix: "Declare the buffer in the file that uses it, or pass what is needed as a parameter." },
  AC1028: { title: "optional calls", severity: "error", what: "A function that may be missing can't be called.",
    why: "Which function is called is decided when the program is compiled.", fix: "Write f(x); x?.method() is there for values." },
  AC1029: { title: "too large", severity: "error", what: "The function grows too large when its calls are compiled into it.",
    why: "Called functions are compiled into their callers.", fix: "Call the helper from one place, in a loop." },
  AC2001: { title: "not an integer", severity: "error", what: "Only integers exist here.",
    why: "The kernel has no floating-point numbers.", fix: "Scale the value to an integer." },
  AC2002: { title: "literal does not fit", severity: "error", what: "The constant does not fit the type.",
    why: "It would be stored as another number.", fix: "Use a wider type, or say the wrap on purpose: `u8.wrap(x)`." },
  AC2003: { title: "u64 mixed with a negative number", severity: "error", what: "A u64 is combined with a value that may be negative.",
    why: "The result is computed as u64, where a negative number is a huge one.", fix: "Test the sign first, or cast: `u64(x)` checks, `u64.wrap(x)` reinterprets." },
  AC2004: { title: "type not supported", severity: "error", what: "A value of this type can't be compiled.",
    why: "Compiled code knows integers, booleans, strings, structs, fixed arrays, tuples, byte buffers and handles.", fix: "Use one of these types." },
  AC2005: { title: "operands don't fit", severity: "error", what: "The operator does not work on these types.",
    why: "Operators are defined for integers and booleans; === also for strings and null.", fix: "Convert the operands first." },
  AC2006: { title: "index out of range", severity: "error", what: "The constant index is outside the memory.",
    why: "Nothing is there to read or write.", fix: "Use an index below the length." },
  AC2007: { title: "value may be null", severity: "error", what: "The value may be null or of another type here.",
    why: "Only what a comparison has narrowed can be used.", fix: "Compare first: `if (x === null) …`, `typeof x === \"number\"`." },
  AC2008: { title: "number without a width", severity: "error", what: "`number` has no width here.",
    why: "Node and the compiled function must agree on the integer type of each argument and result.", fix: "Use one of u8 u16 u32 u64 i8 i16 i32 i64." },
  AC2009: { title: "bounds check added", severity: "hint", what: "The compiler can't prove that this access stays inside, so it adds a check that ends the call with FAULT.",
    why: "Accesses outside memory never happen.", fix: "Compare the index with the length before the access." },
  AC2010: { title: "bounds not proven", severity: "error", what: "This access is not proven to stay inside, and \"bounds\": \"prove\" allows no added checks.",
    why: "The project or function asks for proofs instead of checks at run time.", fix: "Compare the index with the length before the access." },
  AC2011: { title: "division by zero", severity: "warning", what: "The divisor is zero.",
    why: "Division by zero gives 0, modulo by zero gives the dividend.", fix: "Test the divisor first if that is not meant." },
  AC3001: { title: "loop without a bound on this kernel", severity: "error", what: "The kernel has no form for a loop without a constant bound that keeps a handle or a map's value from one round to the next.",
    why: "Before kernel 6.4 each round is a call of a function (bpf_loop), and what a call acquires it must release.", fix: "Acquire and release in the same round, bound the loop by a constant, or compile with --kernel 6.12." },
  AC3002: { title: "loop too long for this kernel", severity: "error", what: "The loop's constant bound is more than the kernel's verifier can follow round by round.",
    why: "The verifier processes at most 1,000,000 instructions and keeps at most 8,192 branches open.", fix: "Lower the bound, take branches out of the loop, or compile with --kernel 6.12." },
  AC3003: { title: "too many values at once", severity: "error", what: "Values that are still needed do not fit in ten registers and the 512-byte eBPF stack.",
    why: "Each value that has no register needs 8 bytes of stack.", fix: "Compute values nearer to their use, or keep them in a buffer or a fixed array." },
  AC3004: { title: "jump too far", severity: "error", what: "A jump spans more instructions than its offset can hold.",
    why: "Jumps have 16-bit offsets before instruction set v4 (kernel 6.6).", fix: "Split the function, or compile with --kernel 6.12." },
  AC3101: { title: "access out of bounds", severity: "error", what: "An access may fall outside its memory.",
    why: "The kernel proves every access from the ranges of its operands.", fix: "Test the index against both ends right before it is used." },
  AC3102: { title: "null not ruled out", severity: "error", what: "A pointer that may be null is used.",
    why: "A look-up can fail, and its result must be tested before it is used.", fix: "Compare it with null, and leave on that way." },
  AC3103: { title: "uninitialized value", severity: "error", what: "A register is read before anything was written to it.",
    why: "On some way to the line it has no value.", fix: "Give it a value on every way." },
  AC3104: { title: "reference leak", severity: "error", what: "A handle is not released on some way out.",
    why: "The kernel lets no program end that holds a reference.", fix: "Open it by `using`." },
  AC3105: { title: "endless loop", severity: "error", what: "A loop may never end.",
    why: "A round leaves everything that the verifier knows as it was.", fix: "Count the rounds, or compile for a kernel with may_goto." },
  AC3106: { title: "too complex", severity: "error", what: "The program is too complex to be proved.",
    why: "The kernel gives up after 1,000,000 instructions followed or 8,192 branches put off.", fix: "Shorten loops, or split the function." },
  AC3107: { title: "stack misuse", severity: "error", what: "The stack is used in a way that the kernel refuses.",
    why: "A program has 512 bytes of stack, and pointers on it are kept whole.", fix: "Use less local data, or a module-level buffer." },
  AC3108: { title: "call not allowed", severity: "error", what: "A helper, map or kernel function is not allowed to this program.",
    why: "Each program type has its own list.", fix: "Use an operation that engine stock or the module offers." },
  AC3109: { title: "wrong kind of value", severity: "error", what: "A pointer stands where a number is needed, or the other way round.",
    why: "Each instruction and call takes only some kinds of values.", fix: "See the kernel's line: it names what was found and what is expected." },
  AC3110: { title: "refused by the verifier", severity: "error", what: "The kernel's verifier refuses the program.",
    why: "See the kernel's own line.", fix: "Look at the instruction and the line it comes from." },
  AC3190: { title: "not modelled", severity: "error", what: "The simulator can't tell whether the kernel accepts the program.",
    why: "The program uses a feature that the simulator does not model, and it never guesses.", fix: "Ask the kernel itself: run in engine stock." },
  AC4001: { title: "not compiled", severity: "error", what: "A marked function ran as plain JavaScript.",
    why: "Marked functions run only as compiled eBPF.", fix: "Compile the project with `anycallc` and run its output." },
  AC4002: { title: "engine not available", severity: "error", what: "The engine asked for can't run on this machine.",
    why: "`module` needs anycall.ko, `stock` needs bpf(2).", fix: "Run `anycallc doctor`; or let `auto` choose." },
  AC4003: { title: "needs the module", severity: "error", what: "The program makes calls that no helper of a stock kernel answers.",
    why: "Engine `stock` has only what the kernel's own helpers give exactly.", fix: "Use engine `user`, or load anycall.ko." },
  AC4004: { title: "not exact here", severity: "error", what: "A kernel helper would answer something else than the system call on this machine.",
    why: "Helpers answer in the kernel's initial namespaces.", fix: "Use engine `user`, or run outside the container." },
  AC4005: { title: "other calling convention", severity: "error", what: "The object was compiled for another version of the calling convention, or by no AnyCall.",
    why: "Arguments and results would be looked for in the wrong places.", fix: "Compile it again with this version of anycallc." },
  AC4006: { title: "too many nested calls", severity: "error", what: "All frames of the instance are in use.",
    why: "A call made while another is under way takes the next of a fixed number of frames.", fix: "Nest fewer calls, or load the object a second time." },
  AC4007: { title: "loop budget used up", severity: "error", what: "A loop made as many rounds as the engine allows, and the call ended with status EXHAUSTED.",
    why: "The kernel leaves a loop after 250 ms or 8 million rounds; what was held has been released and there is no result.", fix: "Do less in one call, and call again." },
  AC4008: { title: "check failed", severity: "error", what: "A bounds check, checked cast or assertion of the program failed, and the call ended with status FAULT.",
    why: "Accesses outside memory and lossy casts never happen; what was held has been released and there is no result.", fix: "Test the value before, at the line that the error names." },
  AC4009: { title: "call stopped", severity: "error", what: "The call was stopped from outside, with status ABORTED.",
    why: "What was held has been released; there is no result.", fix: "Call again." },
  AC4010: { title: "not proven safe", severity: "error", what: "The verifier simulator refuses the program, so engine `user` does not run it.",
    why: "Engine `user` relies on the proof instead of checking each access.", fix: "See `anycallc verify` for the reason." },
  AC4011: { title: "not modelled", severity: "error", what: "The verifier simulator can't judge the program, so engine `user` does not run it.",
    why: "The program uses a feature that the simulator does not model.", fix: "Use engine `stock`, where the kernel judges." },
  AC4012: { title: "refused by the kernel", severity: "error", what: "The kernel's verifier refuses the program.",
    why: "The kernel proves every program safe before it runs; its log says where the proof failed.", fix: "Run `anycallc verify` for the reason in terms of the source." },
  AC4013: { title: "system call failed", severity: "error", what: "The kernel refused a step of loading or running the program.",
    why: "Creating and mapping memory for programs needs rights and memory.", fix: "See the error number; `anycallc doctor` says what this machine allows." },
  AC4014: { title: "no access to system calls", severity: "error", what: "System calls can't be made from this process.",
    why: "They need Linux on x86-64 and the optional package koffi.", fix: "Install koffi: `npm install koffi`." },
  AC4015: { title: "not in engine user", severity: "error", what: "Engine `user` has no equivalent of an instruction, helper, kernel function or map of the program.",
    why: "Some things exist only in the kernel.", fix: "Use engine `stock`." },
  AC4016: { title: "argument out of range", severity: "error", what: "An argument is no value of the parameter's type.",
    why: "Arguments are checked and never wrapped.", fix: "Pass an integer in the range that the message names; a bigint beyond 2^53." },
  AC4017: { title: "string can't be passed", severity: "error", what: "A string has a NUL, half of a surrogate pair, or more bytes than the parameter holds.",
    why: "Programs see strings as UTF-8 bytes in memory of fixed size.", fix: "Test the string before the call." },
  AC4018: { title: "result too large for number", severity: "error", what: "The 64-bit result is beyond 2^53, where numbers are no longer exact.",
    why: "A rounded result would be wrong silently.", fix: "Ask for a bigint: `big(f)(…)`." },
  AC4019: { title: "not in the object", severity: "error", what: "The object has no function or memory of this name.",
    why: "The JavaScript and the object beside it come from one compilation.", fix: "Compile the project again." },
  AC4020: { title: "object can't be read", severity: "error", what: "The object file is missing, damaged or no eBPF object.",
    why: "Compiled functions are loaded from the .bpf.o beside the JavaScript.", fix: "Compile the project again, and ship the object with it." },
  AC4021: { title: "argument of the wrong type", severity: "error", what: "An argument is not of the parameter's type.",
    why: "Nothing is converted at the boundary.", fix: "Pass what the declaration says." },
  AC4022: { title: "kernel and simulator disagree", severity: "error", what: "The kernel refuses a program that the verifier simulator accepts.",
    why: "This is a bug of AnyCall, not of your program.", fix: "Report it with the object and the log; engine `user` can run the program meanwhile." },
  AC4023: { title: "needs a GPL-compatible license", severity: "error", what: "The program calls something that the kernel gives only to programs under a license compatible with the GPL.",
    why: "Kernel functions and some helpers are exported to such programs only; the object's license is yours to choose.", fix: "Set `anycall.license` to \"GPL\", \"Dual BSD/GPL\" or \"Dual MIT/GPL\" if you agree." },
} as const satisfies Record<`AC${number}`, CatalogueEntry>;

export type DiagnosticCode = keyof typeof CATALOGUE;
