// Package live keeps some lines at the bottom of a terminal up to date, while what is
// logged scrolls by above them.
package live

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/rivo/uniseg"
)

// Screen is the lower end of a terminal. It uses no more of the terminal's language than
// "up", "erase below" and colors, and hides nothing: a process that is killed leaves a
// terminal that works. It may be used from several goroutines.
type Screen struct {
	mu    sync.Mutex
	out   io.Writer
	size  func() (columns, rows int)
	lines []string // as they stand there
	over  bool

	writers []*above
}

// New is a screen on a terminal, whose size is asked for each time: it can change.
func New(out io.Writer, size func() (columns, rows int)) *Screen {
	return &Screen{out: out, size: size}
}

// Draw shows these lines instead of those so far. What is too wide or too high is cut.
func (s *Screen) Draw(lines []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return nil
	}
	return s.swap(nil, nil, lines)
}

// End takes the lines away, or leaves them where keep is set; nothing is drawn any more.
func (s *Screen) End(keep bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return nil
	}
	s.over = true
	var errs []error
	if !keep {
		errs = append(errs, s.swap(nil, nil, nil))
	}
	for _, a := range s.writers { // what was held back
		_, err := a.w.Write(a.rest)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Above is a writer to w, which may be on the same terminal, for what scrolls by: the
// lines are taken away before each write and put back behind it. What is written appears
// in whole lines.
func (s *Screen) Above(w io.Writer) io.Writer {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &above{s: s, w: w}
	s.writers = append(s.writers, a)
	return a
}

type above struct {
	s    *Screen
	w    io.Writer
	rest []byte // of a line that has not ended yet
}

// maxRest bounds the beginning of a line that is held back, in bytes.
const maxRest = 64 << 10

func (a *above) Write(text []byte) (int, error) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	if a.s.over {
		return a.w.Write(text)
	}
	a.rest = append(a.rest, text...)
	end := bytes.LastIndexByte(a.rest, '\n') + 1
	if len(a.rest)-end > maxRest {
		a.rest = append(a.rest, '\n')
		end = len(a.rest)
	}
	if end == 0 {
		return len(text), nil
	}
	lines := a.rest[:end]
	a.rest = bytes.Clone(a.rest[end:])
	return len(text), a.s.swap(a.w, lines, a.s.lines)
}

// swap erases the lines, writes text to w if there is any, and shows the next lines.
func (s *Screen) swap(w io.Writer, text []byte, next []string) error {
	columns, rows := s.size()
	erase := s.erase(columns)
	fit := fitting(next, columns, rows)
	var b bytes.Buffer
	b.WriteString(erase)
	if w != nil {
		if _, err := s.out.Write(b.Bytes()); err != nil {
			return err
		}
		b.Reset()
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	for _, line := range fit {
		b.WriteString(line + "\n")
	}
	s.lines = fit
	_, err := s.out.Write(b.Bytes())
	return err
}

// erase is what takes the lines away. On a terminal that became narrower they take more
// rows than they did.
func (s *Screen) erase(columns int) string {
	rows := 0
	for _, line := range s.lines {
		rows += 1 + max(0, width(line)-1)/max(1, columns)
	}
	if rows == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\r\x1b[J", rows)
}

// fitting are lines that fit the terminal with a row to spare, where the cursor is.
func fitting(lines []string, columns, rows int) []string {
	if columns <= 0 || rows <= 1 {
		return nil
	}
	fit := make([]string, 0, len(lines))
	for _, line := range lines[:min(len(lines), rows-1)] {
		fit = append(fit, cut(line, columns))
	}
	return fit
}

// cut is a line that is no wider than columns. Styles take no room, and end with it.
func cut(line string, columns int) string {
	if width(line) <= columns {
		return line
	}
	var b strings.Builder
	used, styled := 0, false
	for len(line) > 0 {
		if style := styleOf(line); style > 0 {
			b.WriteString(line[:style])
			line, styled = line[style:], true
			continue
		}
		cluster, rest, w, _ := uniseg.FirstGraphemeClusterInString(line, -1)
		if used+w > columns-1 {
			break
		}
		b.WriteString(cluster)
		line, used = rest, used+w
	}
	b.WriteString("…")
	if styled {
		b.WriteString("\x1b[0m")
	}
	return b.String()
}

// width is how many columns a line takes.
func width(line string) (n int) {
	for len(line) > 0 {
		if style := styleOf(line); style > 0 {
			line = line[style:]
			continue
		}
		next := strings.IndexByte(line[1:], 0x1b) + 1
		if next == 0 {
			next = len(line)
		}
		n += uniseg.StringWidth(line[:next])
		line = line[next:]
	}
	return n
}

// styleOf is the length of the style that a line begins with, 0 if it does not.
func styleOf(line string) int {
	if !strings.HasPrefix(line, "\x1b[") {
		return 0
	}
	return strings.IndexByte(line, 'm') + 1
}
