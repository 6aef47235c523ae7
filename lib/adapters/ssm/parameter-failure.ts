import { Failure } from '../../domain/failure.ts';

/** A parameter could not be read, or is not what it should be. The message names the parameter, never its value. */
export class ParameterFailure extends Failure {
  static unavailable(name: string, cause: unknown): ParameterFailure {
    const reason = cause instanceof Error ? cause.name : 'unknown';
    return new ParameterFailure(`parameter ${name} could not be read (${reason})`, {
      code: 'parameter-unavailable',
      retryable: true,
    });
  }

  static malformed(name: string, expected: string): ParameterFailure {
    return new ParameterFailure(`parameter ${name} must hold ${expected}`, {
      code: 'parameter-malformed',
      retryable: false,
    });
  }
}
