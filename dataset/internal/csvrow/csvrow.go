// Package csvrow splits separated text into records, as fast as the parsing of
// its numbers allows: cells are slices of the read buffer.
package csvrow

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Errors of malformed text.
var (
	// ErrQuote means that a quoted cell does not end, or that a quotation mark
	// stands inside of a cell that is not quoted.
	ErrQuote = errors.New("misplaced or unclosed quotation mark")
	// ErrTooLong means that a record exceeds MaxRecord or MaxCells.
	ErrTooLong = errors.New("record is too long")
)

// Limits of one record.
const (
	MaxRecord = 16 << 20 // bytes
	MaxCells  = 1<<16 + 1
)

// Reader reads records. Cells may be quoted as RFC 4180 says, with separators,
// line ends and doubled quotation marks inside. Lines end with LF or CRLF; empty
// lines are skipped.
type Reader struct {
	in    *bufio.Reader
	comma byte
	line  int // of the next line to read, from 1
	long  []byte
	cells [][]byte
}

// NewReader returns a reader of r with the given separator.
func NewReader(r io.Reader, comma byte) *Reader {
	return &Reader{in: bufio.NewReaderSize(r, 256<<10), comma: comma, line: 1}
}

// Read returns the next record and the number of its first line, from 1. The
// cells are valid until the next call. It returns io.EOF at the end.
func (r *Reader) Read() (cells [][]byte, line int, err error) {
	for {
		line = r.line
		text, err := r.readLine(nil)
		if err != nil {
			return nil, line, err
		}
		if len(trimEnd(text)) == 0 {
			continue
		}
		if bytes.IndexByte(text, '"') < 0 {
			cells, err = r.split(trimEnd(text))
		} else {
			cells, err = r.quoted(text)
		}
		return cells, line, err
	}
}

// readLine returns the next line with its end, appended to before if that is not
// empty. io.EOF only if there is nothing left.
func (r *Reader) readLine(before []byte) ([]byte, error) {
	text, err := r.in.ReadSlice('\n')
	if err == nil && len(before) == 0 {
		r.line++
		return text, nil
	}
	if len(before) == 0 {
		r.long = r.long[:0]
	}
	r.long = append(r.long, text...)
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(r.long) > MaxRecord {
			return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLong, MaxRecord)
		}
		text, err = r.in.ReadSlice('\n')
		r.long = append(r.long, text...)
	}
	if errors.Is(err, io.EOF) && len(r.long) > len(before) {
		err = nil
	}
	if len(r.long) > MaxRecord {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLong, MaxRecord)
	}
	r.line++
	return r.long, err
}

// split cuts a line without quotation marks.
func (r *Reader) split(text []byte) ([][]byte, error) {
	r.cells = r.cells[:0]
	for {
		i := bytes.IndexByte(text, r.comma)
		if i < 0 {
			break
		}
		if len(r.cells) == MaxCells {
			return nil, fmt.Errorf("%w: more than %d columns", ErrTooLong, MaxCells-1)
		}
		r.cells = append(r.cells, text[:i:i])
		text = text[i+1:]
	}
	r.cells = append(r.cells, text)
	return r.cells, nil
}

// quoted cuts a record with quotation marks, of one or more lines. It keeps the
// record in r.long, since reading on overwrites the read buffer, and notes where
// the cells are, since r.long moves when it grows.
func (r *Reader) quoted(text []byte) ([][]byte, error) {
	r.long = append(r.long[:0], text...)
	var bounds [][2]int
	var out []byte // the cells without their quotation marks
	at := 0
	for {
		if len(bounds) == MaxCells {
			return nil, fmt.Errorf("%w: more than %d columns", ErrTooLong, MaxCells-1)
		}
		from := len(out)
		var err error
		if out, at, err = r.cell(out, at); err != nil {
			return nil, err
		}
		bounds = append(bounds, [2]int{from, len(out)})
		if at >= len(r.long) || r.long[at] != r.comma {
			break
		}
		at++
	}
	r.cells = r.cells[:0]
	for _, b := range bounds {
		r.cells = append(r.cells, out[b[0]:b[1]:b[1]])
	}
	return r.cells, nil
}

// cell appends the cell at position at to out and returns the position after
// it, of a separator or of the line's end.
func (r *Reader) cell(out []byte, at int) ([]byte, int, error) {
	if at >= len(r.long) || r.long[at] != '"' {
		end := at
		for end < len(r.long) && r.long[end] != r.comma && r.long[end] != '\n' {
			if r.long[end] == '"' {
				return out, end, ErrQuote
			}
			end++
		}
		return append(out, trimEnd(r.long[at:end])...), end, nil
	}
	for at++; ; {
		i := bytes.IndexByte(r.long[at:], '"')
		if i < 0 {
			out = append(out, r.long[at:]...)
			at = len(r.long)
			if _, err := r.readLine(r.long); errors.Is(err, io.EOF) {
				return out, at, ErrQuote
			} else if err != nil {
				return out, at, fmt.Errorf("%w; a quotation mark may not be closed", err)
			}
			continue
		}
		out = append(out, r.long[at:at+i]...)
		at += i + 1
		if at < len(r.long) && r.long[at] == '"' {
			out = append(out, '"')
			at++
			continue
		}
		rest := r.long[at:]
		if end := trimEnd(rest); len(end) == 0 || end[0] == r.comma {
			return out, at, nil
		}
		return out, at, ErrQuote
	}
}

// trimEnd cuts the end of a line.
func trimEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}
