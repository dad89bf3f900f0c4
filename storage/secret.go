package storage

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a credential of a service. However it is printed, logged, encoded or
// panicked with, by value or by pointer, alone or inside of something else,
// nothing of it shows but "[redacted]"; [Secret.Reveal] returns it. The zero
// value is no credential. Compare texts, not Secrets: two of the same text
// differ.
type Secret struct{ hidden *hiddenText }

// hiddenText keeps the text in a closure, where no printing by reflection finds
// it: fmt prints unexported fields without asking their methods, and so do the
// dumpers of test libraries.
type hiddenText struct{ text func() string }

const redacted = "[redacted]"

// NewSecret hides text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&hiddenText{func() string { return text }}}
}

// Reveal returns the text, "" for the zero value.
func (s Secret) Reveal() string {
	if s.hidden == nil {
		return ""
	}
	return s.hidden.text()
}

// IsZero reports whether there is no credential.
func (s Secret) IsZero() bool { return s.hidden == nil }

// String implements fmt.Stringer.
func (Secret) String() string { return redacted }

// GoString implements fmt.GoStringer.
func (Secret) GoString() string { return redacted }

// Format implements fmt.Formatter: every verb prints the same.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler, for JSON, XML and others.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalText takes text as the credential, so that settings can be read.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}

// MarshalBinary implements encoding.BinaryMarshaler, for gob.
func (Secret) MarshalBinary() ([]byte, error) { return []byte(redacted), nil }
