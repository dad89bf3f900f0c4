package parquet

import (
	"bytes"
	"math"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// written is a file of two rows: a text, and a label each.
func written[T any](t *testing.T, labels ...T) *bytes.Reader {
	type row[T any] struct {
		Text  string `parquet:"text"`
		Label T      `parquet:"label"`
	}
	var b bytes.Buffer
	w := parquet.NewGenericWriter[row[T]](&b)
	for _, l := range labels {
		_, err := w.Write([]row[T]{{"a", l}})
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return bytes.NewReader(b.Bytes())
}

func TestLabelsAreWhatTheColumnMeans(t *testing.T) {
	for name, file := range map[string]*bytes.Reader{
		"double": written(t, 1.0, 0.0), "float": written[float32](t, 1, 0), "bool": written(t, true, false),
		"int8": written[int8](t, 1, 0), "uint64": written[uint64](t, 1, 0),
	} {
		set, err := ReadTexts(file, file.Size(), dataset.Options{})
		require.NoError(t, err, name)
		require.Equal(t, []string{"0", "1"}, set.ClassNames(), name)
		_, label, err := set.Text(0)
		require.NoError(t, err)
		require.Equal(t, 1, label, name)
	}
}

func TestLabelsThatMeanSomethingElse(t *testing.T) {
	type cents struct {
		Text  string `parquet:"text"`
		Label int32  `parquet:"label,decimal(2:5)"`
	}
	type day struct {
		Text  string `parquet:"text"`
		Label int32  `parquet:"label,date"`
	}
	type stamp struct {
		Text  string `parquet:"text"`
		Label int64  `parquet:"label,timestamp"`
	}
	refused(t, cents{"a", 100}, "decimals or times")
	refused(t, day{"a", 1}, "decimals or times")
	refused(t, stamp{"a", 1}, "decimals or times")
	type short struct {
		Text  string  `parquet:"text"`
		Label [2]byte `parquet:"label"`
	}
	refused(t, short{"a", [2]byte{0, 0x3c}}, `column "label" holds FIXED_LEN_BYTE_ARRAY(2), want whole numbers or names as labels; with pandas: df["label"] = df["label"].astype("int64")`)
	infinite := written(t, math.Inf(1), 0)
	_, err := ReadTexts(infinite, infinite.Size(), dataset.Options{})
	require.ErrorContains(t, err, "row 0: dataset: malformed data: label +Inf is not a whole number")
	half, high := written(t, 0.5, 1), written[uint32](t, 1<<32-1, 0)
	_, err = ReadTexts(half, half.Size(), dataset.Options{})
	require.ErrorContains(t, err, "0.5")
	set, err := ReadTexts(high, high.Size(), dataset.Options{})
	if err == nil {
		require.NotContains(t, set.ClassNames(), "-1")
	}
}

func refused[T any](t *testing.T, row T, says string) {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b)
	_, err := w.Write([]T{row})
	require.NoError(t, err)
	require.NoError(t, w.Close())
	_, err = ReadTexts(bytes.NewReader(b.Bytes()), int64(b.Len()), dataset.Options{})
	require.ErrorContains(t, err, says)
}
