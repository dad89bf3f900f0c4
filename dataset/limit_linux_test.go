package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// repeated is head, and then row again and again for so many bytes.
func repeated(head, row string, size int64) io.Reader {
	return io.MultiReader(strings.NewReader(head), &io.LimitedReader{R: &endless{row: []byte(row)}, N: size})
}

// endless repeats a row.
type endless struct {
	row []byte
	at  int
}

func (e *endless) Read(b []byte) (n int, err error) {
	for n < len(b) {
		m := copy(b[n:], e.row[e.at:])
		n, e.at = n+m, (e.at+m)%len(e.row)
	}
	return n, nil
}

// resetPeak and peak are of the process's resident memory in bytes, as Linux
// counts it.
func resetPeak(b *testing.B) {
	b.Helper()
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600); err != nil {
		b.Skip("the peak of memory cannot be reset: ", err)
	}
}

func peak(b *testing.B) (kib int64) {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(b, err)
	_, rest, ok := bytes.Cut(status, []byte("VmHWM:"))
	require.True(b, ok)
	_, err = fmt.Sscan(string(rest), &kib)
	require.NoError(b, err)
	return kib << 10
}

// BenchmarkLimit reads sets that are larger than MaxBytes until they are refused,
// and reports the peak of resident memory: 280,000 rows of 1,000 numbers and more,
// texts without end, headers that declare it.
func BenchmarkLimit(b *testing.B) {
	numbers := strings.Repeat("0,", 999)
	names := strings.Repeat("1,", 499) + strings.Repeat("b,", 500)
	text := strings.Repeat("some text ", 100)
	lie := []byte("\x00\x00\x08\x04\x7f\xff\xff\xff\x00\x00\x00\x03\x00\x00\x00\x20\x00\x00\x00\x20")
	const much = 8 << 30
	for _, test := range []struct {
		name string
		read func() error
	}{
		{"CSV", func() error { _, err := ReadCSV(repeated("", numbers+"1,0\n", much), Options{}); return err }},
		{"CSV_of_names", func() error {
			_, err := ReadCSV(repeated("", names+"1,0\n", much), Options{Categorical: numberNames(1000)[499:999], Header: HeaderNo})
			return err
		}},
		{"JSONL", func() error {
			_, err := ReadJSONL(repeated("", `{"x":[`+numbers+`1],"y":0}`+"\n", much), Options{})
			return err
		}},
		{"text_CSV", func() error {
			_, err := ReadTextCSV(repeated("text,label\n", text+",0\n", much), Options{})
			return err
		}},
		{"text_JSONL", func() error {
			_, err := ReadTextJSONL(repeated("", `{"text":"`+text+`","label":0}`+"\n", much), Options{})
			return err
		}},
		{"npy", func() error {
			x := repeated(string(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (300000, 1000), }")), "\x00", much)
			_, err := ReadNPY(x, nil, Options{})
			return err
		}},
		{"IDX", func() error {
			_, err := ReadIDX(bytes.NewReader(lie), bytes.NewReader(idxTwoLabels), 0)
			return err
		}},
		{"CIFAR", func() error { _, err := ReadCIFAR(repeated("", "\x00", much), Cifar10); return err }},
	} {
		b.Run(test.name, func(b *testing.B) {
			for b.Loop() {
				resetPeak(b)
				err := test.read()
				b.ReportMetric(float64(peak(b))/(1<<20), "peak-MiB")
				require.True(b, errors.Is(err, ErrTooLarge) || errors.Is(err, ErrFormat), err)
			}
		})
	}
}
