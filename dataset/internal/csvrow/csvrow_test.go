package csvrow

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func readAll(text string, comma byte) (records [][]string, lines []int, err error) {
	r := NewReader(strings.NewReader(text), comma)
	for {
		cells, line, err := r.Read()
		if errors.Is(err, io.EOF) {
			return records, lines, nil
		}
		if err != nil {
			return records, lines, err
		}
		record := make([]string, len(cells))
		for i, c := range cells {
			record[i] = string(c)
		}
		records, lines = append(records, record), append(lines, line)
	}
}

func TestRead(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       [][]string
		lines      []int
	}{
		{"plain", "a,b\nc,d\n", [][]string{{"a", "b"}, {"c", "d"}}, []int{1, 2}},
		{"no newline at the end", "a,b", [][]string{{"a", "b"}}, []int{1}},
		{"CRLF and empty lines", "a,b\r\n\r\n\nc,d\r\n", [][]string{{"a", "b"}, {"c", "d"}}, []int{1, 4}},
		{"empty cells", ",,\n", [][]string{{"", "", ""}}, []int{1}},
		{"separator in quotes", "\"a,b\",c\n", [][]string{{"a,b", "c"}}, []int{1}},
		{"doubled quotes", "\"say \"\"a\"\"\",\"\"\n", [][]string{{`say "a"`, ""}}, []int{1}},
		{"newline in quotes", "\"a\n\nb\",c\r\nd,e\n", [][]string{{"a\n\nb", "c"}, {"d", "e"}}, []int{1, 4}},
		{"a quoted cell at the end", "a,\"b\"", [][]string{{"a", "b"}}, []int{1}},
		{"quotes after plain cells", "1,\"2\",3\n", [][]string{{"1", "2", "3"}}, []int{1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, lines, err := readAll(test.text, ',')
			require.NoError(t, err)
			require.Equal(t, test.want, got)
			require.Equal(t, test.lines, lines)
		})
	}
}

func TestMalformed(t *testing.T) {
	for name, text := range map[string]string{
		"unclosed": "\"a,b\nc", "inside": "a\"b,c\n", "after": "\"a\"b,c\n", "only": "\"",
	} {
		_, _, err := readAll(text, ',')
		require.ErrorIs(t, err, ErrQuote, name)
	}
	for name, text := range map[string]string{
		"columns": strings.Repeat(",", MaxCells+1), "quoted columns": "\"\"" + strings.Repeat(",", MaxCells+1),
		"a line": strings.Repeat("a", MaxRecord+1), "a cell": "\"" + strings.Repeat("a\n", MaxRecord/2+1),
	} {
		_, _, err := readAll(text, ',')
		require.ErrorIs(t, err, ErrTooLong, name)
	}
}

// A line longer than the read buffer, between short ones.
func TestLongLines(t *testing.T) {
	long := strings.Repeat("x", 700<<10)
	for _, cell := range []string{long, `"` + long + `"`} {
		got, lines, err := readAll("a,b\n"+cell+",1\nc,d\n", ',')
		require.NoError(t, err)
		require.Equal(t, [][]string{{"a", "b"}, {long, "1"}, {"c", "d"}}, got)
		require.Equal(t, []int{1, 2, 3}, lines)
	}
}

// What is read is what encoding/csv reads, wherever both accept the text.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"a,b\nc,d\n", "\"a\nb\",c\r\n", "\"a\"\"\",\n\n,", "a\r\nb\rc\n", "\r\n\"\r\n\"\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, _, err := readAll(text, ',')
		if err != nil {
			return
		}
		c := csv.NewReader(strings.NewReader(text))
		c.FieldsPerRecord = -1
		want, err := c.ReadAll()
		if err != nil || bytes.IndexByte([]byte(text), '\r') >= 0 { // encoding/csv changes CRLF inside of quotes
			return
		}
		require.Equal(t, len(want), len(got))
		for i := range want {
			require.Equal(t, want[i], got[i])
		}
	})
}
