/** The project, or another file named on the command line, can't be opened; exit code 1 as tsc's. */
export class ProjectError extends Error {
  override readonly name = "ProjectError";
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
