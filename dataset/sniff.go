package dataset

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset/internal/csvrow"
)

const (
	// sniffBytes of a table are looked at to see how it is laid out.
	sniffBytes = 1 << 20
	// sniffRows are the records that are looked at.
	sniffRows = 50
)

// sample is the beginning of a table.
type sample struct {
	text []byte
	all  bool // the text is the whole table
}

// sniff returns the beginning of a table, valid until the first read, and a reader
// of all of it without a byte order mark.
func sniff(r io.Reader) (sample, io.Reader, error) {
	in := bufio.NewReaderSize(r, sniffBytes)
	text, err := in.Peek(sniffBytes)
	if err != nil && err != io.EOF {
		return sample{}, nil, readError(err)
	}
	if bytes.HasPrefix(text, []byte{0xff, 0xfe}) || bytes.HasPrefix(text, []byte{0xfe, 0xff}) {
		return sample{}, nil, fmt.Errorf("%w: the text is UTF-16; save it as UTF-8", ErrFormat)
	}
	if err := noText(text); err != nil {
		return sample{}, nil, err
	}
	const bom = "\xef\xbb\xbf"
	if bytes.HasPrefix(text, []byte(bom)) {
		text = text[len(bom):]
		if _, err := in.Discard(len(bom)); err != nil {
			return sample{}, nil, err
		}
	}
	return sample{text, err == io.EOF}, in, nil
}

// noText returns an error for a beginning that is no lines of text in UTF-8.
func noText(text []byte) error {
	what := otherKind(text)
	switch {
	case what != "":
		return fmt.Errorf("%w: it is %s, and no text", ErrFormat, what)
	case bytes.IndexByte(text, 0) >= 0:
		return fmt.Errorf("%w: NUL bytes: the text is UTF-16 or UTF-32, or no text; save it as UTF-8", ErrFormat)
	case bytes.IndexByte(text, '\n') < 0 && bytes.IndexByte(bytes.TrimRight(text, "\r"), '\r') >= 0:
		return fmt.Errorf("%w: lines end with CR alone, as on old Macs; save it with LF or CRLF", ErrFormat)
	}
	return nil
}

// otherKind says what a file is that was taken for a table, and what to do; "" if
// it could be one.
func otherKind(text []byte) string {
	if len(text) > 6 && string(text[:3]) == "BZh" && string(text[4:7]) == "1AY" { // the digit between is the block size
		return "packed with bzip2 (unpack it, or pack it with gzip)"
	}
	for start, what := range map[string]string{
		"PK\x03\x04":       "a ZIP archive or a spreadsheet (unpack it, or save it as CSV)",
		"\xfd7zXZ":         "packed with xz (unpack it, or pack it with gzip)",
		"\x28\xb5\x2f\xfd": "packed with zstd (unpack it, or pack it with gzip)",
		"PAR1\x15":         "a Parquet file (package dataset/parquet reads and unpacks these)",
		"\x89HDF":          "an HDF5 file (save its arrays as .npz)",
		"\xd0\xcf\x11\xe0": "a spreadsheet (save it as CSV)",
		"\x93NUMPY":        "a NumPy array (save samples and labels as one .npz)",
	} {
		if bytes.HasPrefix(text, []byte(start)) {
			return what
		}
	}
	return ""
}

// records returns the first records, split at comma, without one that ends behind
// the sample. A malformed one is a RowError, beside the records in front of it.
func (s sample) records(comma byte) (records [][]string, err error) {
	r := csvrow.NewReader(bytes.NewReader(s.text), comma)
	for len(records) <= sniffRows {
		cells, line, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return s.whole(records), nil
		case err != nil && s.all:
			return records, &RowError{Line: line, Err: fmt.Errorf("%w: %w", ErrFormat, err)}
		case err != nil: // it ends behind the sample
			return records, nil //nolint:nilerr // what is whole is enough to look at
		}
		record := make([]string, len(cells))
		for i, c := range cells {
			record[i] = strings.TrimSpace(string(c))
		}
		records = append(records, record)
	}
	return records, nil
}

// whole leaves out the last record if the sample ends in it.
func (s sample) whole(records [][]string) [][]string {
	if s.all || len(records) == 0 {
		return records
	}
	return records[:len(records)-1]
}

// comma returns the separator of columns: the one that gives all records the
// same number of at least two columns; of several such the one with most
// numbers. A comma if none does, so that the reader names the line that is odd.
func (s sample) comma() (byte, error) {
	best, most, tie := byte(','), -1.0, byte(0)
	for _, c := range []byte(",;\t|") {
		records, err := s.records(c)
		if err != nil || !even(records) {
			continue
		}
		switch share := numberShare(records); {
		case share > most:
			best, most, tie = c, share, 0
		case share == most:
			tie = c
		}
	}
	if tie != 0 {
		return 0, fmt.Errorf("%w: columns could be separated by %q or by %q; say which (Options.Separator)", ErrFormat, best, tie)
	}
	return best, nil
}

// even reports whether all records have the same number of columns, at least
// two.
func even(records [][]string) bool {
	for _, r := range records {
		if len(r) != len(records[0]) {
			return false
		}
	}
	return len(records) > 0 && len(records[0]) > 1
}

// numberShare is the share of cells that are numbers, with either decimal point.
func numberShare(records [][]string) float64 {
	numbers, cells := 0, 0
	for _, r := range records {
		for _, c := range r {
			cells++
			if isNumber(c, false) || isNumber(c, true) {
				numbers++
			}
		}
	}
	return float64(numbers) / float64(cells)
}

// isNumber reports whether a trimmed cell is a number.
func isNumber(cell string, decimalComma bool) bool {
	if decimalComma {
		cell = strings.Replace(cell, ",", ".", 1)
	}
	_, err := strconv.ParseFloat(cell, 64)
	return err == nil && cell[len(cell)-1] <= '9' && (len(cell) < 3 || cell[1]|0x20 != 'x' && cell[2]|0x20 != 'x')
}

// decimalComma reports whether numbers have a comma in place of a point: some
// cell does, and none has a point.
func decimalComma(records [][]string, comma byte) (bool, error) {
	if comma == ',' {
		return false, nil
	}
	with, thousands := 0, 0
	for _, r := range records {
		for _, c := range r {
			if isNumber(c, false) && strings.Contains(c, ".") {
				return false, nil
			}
			if !isNumber(c, false) && isNumber(c, true) {
				with++
				if i := strings.IndexByte(c, ','); len(c)-i == 4 && !strings.HasPrefix(strings.TrimLeft(c, "+-"), "0") {
					thousands++
				}
			}
		}
	}
	if with > 0 && with == thousands {
		return false, fmt.Errorf("%w: a number such as 1,234 could have a decimal comma or one between thousands; say Options.Decimal if it is decimal", ErrFormat)
	}
	return with > 0, nil
}
