package storage

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxName is the longest entry name that common file systems accept, bytes.
const maxName = 255

// reservedNames are device names on Windows, whatever their extension.
var reservedNames = map[string]bool{
	"con": true, "prn": true, "aux": true, "nul": true, "conin$": true, "conout$": true,
}

// checkName refuses entry names that would leave the target directory or mean
// something else on some system: packages are extracted on all kinds of
// systems.
func checkName(name string) error {
	bad := func(why string) error { return fmt.Errorf("entry %q: %s: %w", clip(name), why, ErrUnsafeName) }
	switch {
	case name == "":
		return bad("empty name")
	case len(name) > maxName:
		return bad(fmt.Sprintf("name of %d bytes, at most %d", len(name), maxName))
	case name == "." || name == "..":
		return bad("points outside of its directory")
	case !utf8.ValidString(name):
		return bad("not UTF-8")
	case strings.ContainsAny(name, "/\\"):
		return bad("path separator")
	case strings.ContainsAny(name, ":*?\"<>|"):
		return bad("character that Windows reserves")
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
		return bad("trailing dot or space, which Windows drops")
	case strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r == 0x7f }):
		return bad("control character")
	}
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	stem = strings.TrimRight(stem, " ")
	if reservedNames[stem] || isNumberedDevice(stem) {
		return bad("device name on Windows")
	}
	return nil
}

// isNumberedDevice reports whether stem is one of com0 … com9, lpt0 … lpt9 or
// their superscript forms.
func isNumberedDevice(stem string) bool {
	rest, ok := strings.CutPrefix(stem, "com")
	if !ok {
		if rest, ok = strings.CutPrefix(stem, "lpt"); !ok {
			return false
		}
	}
	return utf8.RuneCountInString(rest) == 1 && strings.ContainsAny(rest, "0123456789¹²³")
}

// foldName maps names that some file system considers equal to the same key:
// names that differ in case, and those that differ in how accents are encoded
// (on macOS "é" is the same name as "e" with a combining accent). This is
// Unicode's canonical caseless matching (section 3.13, D145), with simple case
// folding.
func foldName(name string) string {
	return norm.NFD.String(strings.Map(foldRune, norm.NFD.String(name)))
}

// foldRune takes the smallest rune of each SimpleFold orbit, since ToLower alone
// does not map the Kelvin sign to k, for example.
func foldRune(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}

// clip shortens untrusted text for an error message.
func clip(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}
