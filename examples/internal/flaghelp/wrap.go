package flaghelp

import (
	"bytes"
	"flag"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// Show writes the help of a program that has no commands: its usage, its flags, and what comes last. A terminal gets it
// in its width.
func Show(w io.Writer, usage string, fs *flag.FlagSet, last string) {
	var b bytes.Buffer
	b.WriteString(usage)
	Write(&b, fs)
	b.WriteString(last)
	_, _ = io.WriteString(w, Wrap(b.String(), columnsOf(w))) // there is nowhere else to say it
}

// columnsOf is the width of the terminal that w is; 0: it is none.
func columnsOf(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return columns
}

// entry is the beginning of a line of a list: a name, and the space before what it means.
var entry = regexp.MustCompile(`^ +\S.*?  +`)

// Wrap breaks the lines of a help text that are wider than the page, at spaces: what a list says of a name goes on below where
// it began, or below the name where that leaves it too little. 0 columns: the text stays as it is.
func Wrap(text string, columns int) string {
	lines := strings.Split(text, "\n")
	widest := 0
	for _, line := range lines {
		widest = max(widest, utf8.RuneCountInString(line))
	}
	if columns <= 0 || widest <= columns {
		return text
	}
	var b strings.Builder
	for i, line := range paragraphs(lines) {
		if i > 0 {
			b.WriteByte('\n')
		}
		wrapLine(&b, line, columns)
	}
	return b.String()
}

// paragraphs puts lines together again that were broken where a paragraph got wide.
func paragraphs(lines []string) (out []string) {
	const wide = 80
	plain := func(line string) bool { return line != "" && line[0] != ' ' }
	for i, line := range lines {
		if i > 0 && plain(line) && plain(lines[i-1]) && utf8.RuneCountInString(lines[i-1]) > wide {
			out[len(out)-1] += " " + line
		} else {
			out = append(out, line)
		}
	}
	return out
}

func wrapLine(b *strings.Builder, line string, columns int) {
	const below = 6 // where what a name means goes on that is too long for the page
	width := utf8.RuneCountInString(line)
	if width <= columns {
		b.WriteString(line)
		return
	}
	indent := len(line) - len(strings.TrimLeft(line, " "))
	head := line[:indent]
	if name := entry.FindString(line); name != "" {
		head, indent = name, utf8.RuneCountInString(name)
		if indent > columns/2 {
			b.WriteString(strings.TrimRight(name, " "))
			b.WriteByte('\n')
			head, indent = strings.Repeat(" ", below), below
		}
		line = line[len(name):]
	}
	b.WriteString(head)
	at := indent
	for i, word := range strings.Fields(line) {
		wide := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+wide > columns:
			b.WriteByte('\n')
			b.WriteString(strings.Repeat(" ", indent))
			at = indent
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += wide
	}
}
