// Package jsontext finds what in JSON is no text: encoding/json puts U+FFFD in
// its place, and different words become the same one.
package jsontext

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrText means JSON whose strings are not text.
var ErrText = errors.New("no text")

// Check returns an ErrText if b, which is JSON, is not UTF-8 or has a string with
// half of a surrogate pair (\ud83d without \ude00 behind it), with the line.
func Check(b []byte) error {
	at, err := find(b)
	if err != nil {
		return fmt.Errorf("line %d: %w", 1+bytes.Count(b[:at], []byte("\n")), err)
	}
	return nil
}

// CheckValue is Check of JSON in one line.
func CheckValue(b []byte) error {
	_, err := find(b)
	return err
}

// find returns what is wrong, and where.
func find(b []byte) (at int, err error) {
	if !utf8.Valid(b) {
		for len(b[at:]) > 0 {
			r, size := utf8.DecodeRune(b[at:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			at += size
		}
		return at, fmt.Errorf("%w: it is not UTF-8; convert the file", ErrText)
	}
	for {
		i := bytes.IndexByte(b[at:], '\\') // which is in strings only
		if i < 0 {
			return 0, nil
		}
		at += i
		first, ok := unit(b[at:])
		switch {
		case !ok:
			at = min(at+2, len(b))
		case !utf16.IsSurrogate(first):
			at += 6
		default:
			second, ok := unit(b[at+6:])
			if !ok || utf16.DecodeRune(first, second) == utf8.RuneError {
				return at, fmt.Errorf("%w: %s is half of a surrogate pair, which is no character; write the file again", ErrText, b[at:at+6])
			}
			at += 12
		}
	}
}

// unit reads an escape such as \u00e9.
func unit(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(v), err == nil
}
