package tokenizer

import (
	"errors"
	"fmt"
)

var (
	// ErrFormat means that a file is no tokenizer.json, or one that contradicts
	// itself.
	ErrFormat = errors.New("tokenizer: invalid tokenizer.json")
	// ErrUnsupported means a tokenizer.json with parts that this package does
	// not have; the message names them.
	ErrUnsupported = errors.New("tokenizer: unsupported")
	// ErrText means a text that cannot be encoded: not UTF-8, too long, or with
	// characters that the vocabulary lacks where the file names no unknown token.
	ErrText = errors.New("tokenizer: text cannot be encoded")
)

func formatf(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrFormat, fmt.Errorf(format, args...))
}

func unsupportedf(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrUnsupported, fmt.Errorf(format, args...))
}
