package tokenizer

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkEncode encodes the committed lines; BENCH.md compares with Python's
// library on the same files. DECLOUD_TOKENIZER_DIR has larger ones.
func BenchmarkEncode(b *testing.B) {
	dir := "testdata"
	if d := os.Getenv("DECLOUD_TOKENIZER_DIR"); d != "" {
		dir = d
	}
	w := readWanted(b, dir)
	for _, name := range []string{"wordpiece", "bpe-bytes", "bpe-llama", "unigram", "unigram-nfkc"} {
		b.Run(name, func(b *testing.B) {
			tok := openKind(b, dir, name)
			b.SetBytes(int64(len(strings.Join(w.Lines, ""))))
			b.ReportAllocs()
			for b.Loop() {
				for _, line := range w.Lines {
					_, err := tok.Encode(line)
					require.NoError(b, err)
				}
			}
		})
	}
}
