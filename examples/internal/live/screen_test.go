package live

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// terminal is one that knows what a Screen uses: lines, "up" and "erase below".
type terminal struct {
	rows []string
	at   int
}

var command = regexp.MustCompile(`^\x1b\[(\d*)([AJm])`)

func (v *terminal) Write(text []byte) (int, error) {
	s := string(text)
	for len(s) > 0 {
		for v.at >= len(v.rows) {
			v.rows = append(v.rows, "")
		}
		if m := command.FindStringSubmatch(s); m != nil {
			switch n, _ := strconv.Atoi(m[1]); m[2] {
			case "A":
				v.at -= n
				if v.at < 0 {
					return 0, fmt.Errorf("above the first row")
				}
			case "J":
				v.rows = append(v.rows[:v.at], "")
			}
			s = s[len(m[0]):]
			continue
		}
		switch s[0] {
		case '\n':
			v.at++
		case '\r':
		default:
			v.rows[v.at] += s[:1]
		}
		s = s[1:]
	}
	return len(text), nil
}

func (v *terminal) String() string { return strings.TrimRight(strings.Join(v.rows, "\n"), "\n") }

func TestScreen(t *testing.T) {
	var tty terminal
	columns, rows := 20, 10
	s := New(&tty, func() (int, int) { return columns, rows })
	log := s.Above(&tty)
	show := func(want string) {
		t.Helper()
		require.Equal(t, want, tty.String())
	}
	_, err := fmt.Fprintln(log, "started")
	require.NoError(t, err)
	require.NoError(t, s.Draw([]string{"round 1", "bar"}))
	show("started\nround 1\nbar")
	_, err = fmt.Fprint(log, "no ")
	require.NoError(t, err)
	show("started\nround 1\nbar")
	_, err = fmt.Fprint(log, "newline\nat the end")
	require.NoError(t, err)
	show("started\nno newline\nround 1\nbar")
	require.NoError(t, s.Draw([]string{"one"}))
	show("started\nno newline\none")
	require.NoError(t, s.Draw([]string{"\x1b[1ma line that is much too wide\x1b[0m", "two"}))
	show("started\nno newline\na line that is much…\ntwo")
	rows = 2
	require.NoError(t, s.Draw([]string{"one", "two", "three"}))
	show("started\nno newline\none")
	require.NoError(t, s.End(false))
	show("started\nno newline\nat the end")
	require.NoError(t, s.End(true))
	require.NoError(t, s.Draw([]string{"late"}))
	_, err = fmt.Fprintln(log, ", stopped")
	require.NoError(t, err)
	show("started\nno newline\nat the end, stopped")
}

func TestEndKeeps(t *testing.T) {
	var tty terminal
	s := New(&tty, func() (int, int) { return 20, 10 })
	require.NoError(t, s.Draw([]string{"last"}))
	require.NoError(t, s.End(true))
	require.Equal(t, "last", tty.String())
}

// A line without an end is not held back without an end.
func TestLongLine(t *testing.T) {
	var out bytes.Buffer
	s := New(&out, func() (int, int) { return 20, 10 })
	w := s.Above(&out)
	for range 9 {
		_, err := w.Write(make([]byte, maxRest/8))
		require.NoError(t, err)
	}
	require.Equal(t, 9*maxRest/8+1, out.Len())
}

// On a terminal that became narrower, the lines take as many rows as they wrapped to.
func TestNarrower(t *testing.T) {
	var out bytes.Buffer
	columns := 20
	s := New(&out, func() (int, int) { return columns, 10 })
	require.NoError(t, s.Draw([]string{"0123456789", "\x1b[32mab\x1b[0m"}))
	columns = 5
	out.Reset()
	require.NoError(t, s.Draw([]string{"0123456789"}))
	require.Equal(t, "\x1b[3A\r\x1b[J0123…\n", out.String())
	columns = 0
	require.NoError(t, s.Draw([]string{"x"}), "a terminal without a size shows nothing")
}

func TestManyWriters(t *testing.T) {
	var tty terminal
	s := New(&tty, func() (int, int) { return 20, 10 })
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 50 {
				fmt.Fprintln(s.Above(&tty), i)
				_ = s.Draw([]string{"round", "bar"})
			}
		})
	}
	wg.Wait()
	require.Len(t, strings.Split(tty.String(), "\n"), 202)
	require.True(t, strings.HasSuffix(tty.String(), "\nround\nbar"))
}

func FuzzCut(f *testing.F) {
	f.Add("\x1b[1mwide 世界 text\x1b[0m", 7)
	f.Fuzz(func(t *testing.T, line string, columns int) {
		if columns < 1 || columns > 200 || strings.Contains(line, "\x1b") && !strings.Contains(line, "m") {
			return
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != 0x1b }) {
			return
		}
		require.LessOrEqual(t, width(cut(line, columns)), columns)
	})
}
