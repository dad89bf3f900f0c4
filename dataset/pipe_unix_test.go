//go:build unix

package dataset_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// Nobody writes into the pipes: whatever opens one waits for ever. A set that has other files may go without the pipe.
func TestPipesInPlaceOfDataAreRefused(t *testing.T) {
	for _, c := range []struct {
		id    dataset.ID
		pipe  string
		files []string // beside it
	}{
		{dataset.Iris, "iris.csv", nil},
		{dataset.Iris, "iris.jsonl", nil},
		{dataset.Iris, "iris.npz", nil},
		{dataset.Iris, "iris.tsv.gz", nil},
		{dataset.Imdb, "train.csv", nil},
		{dataset.Imdb, "train.jsonl", nil},
		{dataset.Imdb, "train/pos/1.txt", []string{"train/neg/1.txt"}},
		{dataset.Mnist, "train-images-idx3-ubyte", []string{"train-labels-idx1-ubyte"}},
		{dataset.Mnist, "train-labels-idx1-ubyte.gz", []string{"train-images-idx3-ubyte.gz"}},
		{dataset.Cifar10, "data_batch_1.bin", nil},
		{dataset.Cifar10, "train/cat/1.png", []string{"train/dog/1.png"}},
		{dataset.Svhn, "train_32x32.mat", nil},
		{dataset.Esc50, "train/dog/1.wav", []string{"train/cat/1.wav"}},
	} {
		dir := t.TempDir()
		for _, name := range append(c.files, c.pipe) {
			require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		}
		for _, name := range c.files {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
		}
		require.NoError(t, syscall.Mkfifo(filepath.Join(dir, c.pipe), 0o600))
		for _, path := range []string{dir, filepath.Join(dir, c.pipe)} {
			ds, err := dataset.Open(c.id, path, dataset.Train, dataset.Options{})
			for i := 0; err == nil && i < ds.Len(); i++ { // pictures are opened when they are read
				_, err = ds.Sample(i, make([]float32, 32*32*3))
			}
			require.Error(t, err, path)
		}
	}
}
