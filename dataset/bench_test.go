package dataset

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/cputime"
)

// benchDir holds the files of BenchmarkRead: $DECLOUD_BENCH_DATA, where peers.py
// reads them too, or a temporary folder.
func benchDir(b *testing.B) string {
	b.Helper()
	dir := os.Getenv("DECLOUD_BENCH_DATA")
	if dir == "" {
		dir = b.TempDir()
	}
	if _, err := os.Stat(dir + "/jpeg"); err == nil {
		return dir
	}
	rng := rand.New(rand.NewPCG(1, 2))
	var floats, pixels, rows bytes.Buffer
	for range 50_000 {
		x := make([]float32, 20)
		for i := range x {
			x[i] = float32(rng.NormFloat64())
			fmt.Fprintf(&floats, "%.6g,", x[i])
		}
		label := rng.IntN(10)
		fmt.Fprintln(&floats, label)
		fmt.Fprintf(&rows, `{"x": [%.6g`, x[0])
		for _, v := range x[1:] {
			fmt.Fprintf(&rows, ", %.6g", v)
		}
		fmt.Fprintf(&rows, "], \"y\": %d}\n", label)
	}
	for range 5_000 {
		for range 784 {
			fmt.Fprintf(&pixels, "%d,", max(0, rng.IntN(512)-256))
		}
		fmt.Fprintln(&pixels, rng.IntN(10))
	}
	write(b, dir+"/floats.csv", floats.Bytes())
	write(b, dir+"/pixels.csv", pixels.Bytes())
	write(b, dir+"/rows.jsonl", rows.Bytes())
	writeNPZ(b, dir, rng)
	for i := range 60 {
		img := image.NewRGBA(image.Rect(0, 0, 500, 375))
		for p := range img.Pix {
			img.Pix[p] = byte(p/(4+i)) + byte(rng.IntN(16))
		}
		var out bytes.Buffer
		require.NoError(b, jpeg.Encode(&out, img, &jpeg.Options{Quality: 90}))
		write(b, fmt.Sprintf("%s/jpeg/%d/%d.jpg", dir, i%3, i), out.Bytes())
	}
	return dir
}

func size(b *testing.B, path string) (n int64) {
	b.Helper()
	require.NoError(b, filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			info, err := d.Info()
			require.NoError(b, err)
			n += info.Size()
		}
		return err
	}))
	return n
}

// BenchmarkRead reads files as users have them. MB/s are of the files' bytes;
// cpu-MB/s by the best run's CPU time, the collector's included.
func BenchmarkRead(b *testing.B) {
	dir := benchDir(b)
	for _, test := range []struct {
		name, path string
		read       func(path string) (Described, error)
	}{
		{"CSV", "floats.csv", func(p string) (Described, error) { return OpenCSV(p, Options{}) }},
		{"CSV_of_pixels", "pixels.csv", func(p string) (Described, error) { return OpenCSV(p, Options{}) }},
		{"JSONL", "rows.jsonl", func(p string) (Described, error) { return OpenJSONL(p, Options{}) }},
		{"npz_stored", "stored.npz", func(p string) (Described, error) { return OpenNPZ(p, Train, Options{}) }},
		{"npz_compressed", "packed.npz", func(p string) (Described, error) { return OpenNPZ(p, Train, Options{}) }},
		{"JPEG_folder", "jpeg", readFolder},
	} {
		b.Run(test.name, func(b *testing.B) {
			path := filepath.Join(dir, test.path)
			b.SetBytes(size(b, path))
			b.ReportAllocs()
			least := time.Hour
			for b.Loop() {
				start := cputime.Used()
				_, err := test.read(path)
				require.NoError(b, err)
				least = min(least, cputime.Used()-start)
			}
			b.ReportMetric(float64(size(b, path))/1e6/least.Seconds(), "cpu-MB/s")
		})
	}
}

// BenchmarkFolderOnAllCores reads the pictures of a folder as training does: on as
// many goroutines as there are cores.
func BenchmarkFolderOnAllCores(b *testing.B) {
	path := filepath.Join(benchDir(b), "jpeg")
	f, err := OpenImageFolder(path, []int{3, 224, 224}, Options{})
	require.NoError(b, err)
	b.SetBytes(size(b, path) / int64(f.Len()))
	var next atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		sample := make([]float32, 3*224*224)
		for pb.Next() {
			if _, err := f.Sample(int(next.Add(1))%f.Len(), sample); err != nil {
				b.Error(err)
			}
		}
	})
}

// readFolder reads all pictures of a folder at 224×224.
func readFolder(path string) (Described, error) {
	f, err := OpenImageFolder(path, []int{3, 224, 224}, Options{})
	if err != nil {
		return nil, err
	}
	sample := make([]float32, 3*224*224)
	for i := range f.Len() {
		if _, err := f.Sample(i, sample); err != nil {
			return nil, err
		}
	}
	return f, nil
}
