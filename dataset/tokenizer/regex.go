package tokenizer

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset/tokenizer/internal/ucd"
)

// maxPattern bounds a pattern's length in bytes.
const maxPattern = 4096

// spaceTail is what the patterns of GPT-2's kind end with. It is the only
// lookahead that is supported, since Go's regexp has none.
const spaceTail = `\s+(?!\S)|\s+`

// space is White_Space, which Go's \s is not.
const space = `\t-\r \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}`

// compile translates a pattern of Oniguruma's syntax to Go's, with the
// library's character classes.
func compile(pattern string) (finder, error) {
	if len(pattern) > maxPattern {
		return nil, unsupportedf("a pattern of %d bytes, at most %d", len(pattern), maxPattern)
	}
	body, tail := strings.CutSuffix(pattern, spaceTail)
	if tail && body != "" && !strings.HasSuffix(body, "|") {
		body, tail = pattern, false
	}
	translated, err := translate(body)
	if err != nil {
		return nil, unsupportedf("pattern %.80q: %w", pattern, err)
	}
	if tail {
		translated = "(?:" + strings.TrimSuffix(translated, "|") + ")|([" + space + "]+)"
		if body == "" {
			translated = "([" + space + "]+)"
		}
	}
	re, err := regexp.Compile(translated)
	if err == nil {
		err = checkProgram(translated)
	}
	if err != nil {
		return nil, unsupportedf("pattern %.80q: %w", pattern, err)
	}
	return expression{re: re, tail: tail}, nil
}

// maxProgram bounds what a pattern is compiled to, in instructions, all of which may be looked at for every character: a few
// bytes that are repeated a thousand times make many.
const maxProgram = 1 << 12

func checkProgram(pattern string) error {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return err
	}
	program, err := syntax.Compile(tree.Simplify())
	if err == nil && len(program.Inst) > maxProgram {
		err = fmt.Errorf("it takes %d steps for a character, at most %d: repeat less", len(program.Inst), maxProgram)
	}
	return err
}

// translate replaces classes and refuses what means something else in Go.
func translate(p string) (string, error) {
	var b strings.Builder
	inClass, repeated := false, false
	for i := 0; i < len(p); i++ {
		c, was := p[i], repeated
		repeated = !inClass && strings.IndexByte("+*?", c) >= 0
		switch {
		case c == '\\':
			n, out, err := escape(p[i:], inClass)
			if err != nil {
				return "", err
			}
			b.WriteString(out)
			i += n - 1
		case inClass && (c == '[' || (c == '&' && strings.HasPrefix(p[i:], "&&"))):
			return "", fmt.Errorf("a class in a class")
		case c == '[':
			inClass = true
			b.WriteByte(c)
			if strings.HasPrefix(p[i+1:], "^") {
				b.WriteByte('^')
				i++
			}
		case c == ']':
			inClass = false
			b.WriteByte(c)
		case !inClass && (c == '^' || c == '$'):
			return "", fmt.Errorf("anchors are not supported")
		case !inClass && c == '(' && strings.HasPrefix(p[i:], "(?") && !strings.HasPrefix(p[i:], "(?:") && !strings.HasPrefix(p[i:], "(?i:"):
			return "", fmt.Errorf("%.4q is not supported (lookaround, named groups and options are not)", p[i:])
		case !inClass && c == '(' && !strings.HasPrefix(p[i:], "(?"):
			b.WriteString("(?:")
		case !inClass && c == '+' && was:
			return "", fmt.Errorf("possessive repetition is not supported")
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

// escape translates the escape that p starts with and returns its length.
func escape(p string, inClass bool) (int, string, error) {
	if len(p) < 2 {
		return 0, "", fmt.Errorf("a backslash at the end")
	}
	switch p[1] {
	case 's', 'S':
		return 2, class(space, p[1] == 'S', inClass), inClassNegation(p[1] == 'S' && inClass)
	case 'w', 'W':
		set, _ := property(word)
		if !inClass {
			set += wordAlone
		}
		return 2, class(set, p[1] == 'W', inClass), inClassNegation(p[1] == 'W' && inClass)
	case 'd', 'D':
		set, _ := property("Nd")
		return 2, class(set, p[1] == 'D', inClass), inClassNegation(p[1] == 'D' && inClass)
	case 'p', 'P':
		if end := strings.IndexByte(p, '}'); end > 0 && p[2] == '{' {
			set, ok := property(p[3:end])
			if !ok || p[3:end] == word {
				return 0, "", fmt.Errorf("property %.20q is not supported", p[:end+1])
			}
			return end + 1, class(set, p[1] == 'P', inClass), inClassNegation(p[1] == 'P' && inClass)
		}
	case 'n', 'r', 't', '.', '\\', '/', '-', '+', '*', '?', '(', ')', '[', ']', '{', '}', '|', '^', '$', '\'', '"', '#', '&', '!', '@', '%', ',', ':', ';', '<', '>', '=', '~', '`', '_', ' ':
		if p[1] == '/' || p[1] == '\'' || p[1] == '"' || p[1] == '_' || p[1] == ' ' {
			return 2, p[1:2], nil
		}
		return 2, p[:2], nil
	}
	return 0, "", fmt.Errorf("%.4q is not supported", p)
}

func inClassNegation(is bool) error {
	if is {
		return fmt.Errorf("a negated class in a class is not supported")
	}
	return nil
}

func class(members string, negated, inClass bool) string {
	switch {
	case inClass:
		return members
	case negated:
		return "[^" + members + "]"
	}
	return "[" + members + "]"
}

// word is the property that \w is in a class.
const word = "w"

// wordAlone are the characters that Oniguruma counts to \w outside of a class
// only: ² ³ ¹ ¼ ½ ¾.
const wordAlone = `\x{b2}\x{b3}\x{b9}\x{bc}-\x{be}`

// property writes the ranges of a property as they stand in a class.
func property(name string) (string, bool) {
	var b strings.Builder
	add := func(lo, hi rune) { fmt.Fprintf(&b, `\x{%x}-\x{%x}`, lo, hi) }
	ok := ucd.Property(name, add)
	return b.String(), ok
}
