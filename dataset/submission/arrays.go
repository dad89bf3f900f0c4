package submission

import (
	"archive/zip"
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// arrays reads data.npz: an array x of samples and an array y of labels, as numpy.savez and
// savez_compressed write them.
func (r *reader) arrays(rows int) (dataset.Described, error) {
	file, err := r.all(ArrayFile, r.schema.MaxBytes)
	if err != nil {
		return nil, err
	}
	opts := dataset.Options{X: "x", Y: "y"}
	dims, err := r.checkArchive(file, rows)
	if err != nil {
		return nil, invalid(BadArchive, ArrayFile, "%v", err)
	}
	if dims == 4 {
		opts.Channels = "first" // as the schema's shape says: nothing is guessed
	}
	set, err := dataset.ReadNPZ(bytes.NewReader(file), int64(len(file)), "", opts)
	if err != nil {
		return nil, invalid(BadArchive, ArrayFile, "%v", err)
	}
	return r.relabelled(set)
}

// checkArchive compares what an archive declares with the schema: two arrays, which unpacked
// have no more bytes than a submission may have. It returns the number of dimensions of x.
func (r *reader) checkArchive(file []byte, rows int) (dims int, err error) {
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return 0, err
	}
	if len(z.File) != 2 {
		return 0, fmt.Errorf("%d entries, want x.npy and y.npy", len(z.File))
	}
	var unpacked int64
	for _, name := range []string{"x.npy", "y.npy"} {
		i := slices.IndexFunc(z.File, func(f *zip.File) bool { return f.Name == name })
		if i < 0 {
			return 0, fmt.Errorf("no entry %s", name)
		}
		f := z.File[i]
		if f.UncompressedSize64 > uint64(r.schema.MaxBytes-unpacked) {
			return 0, fmt.Errorf("more than %d bytes unpacked", r.schema.MaxBytes)
		}
		unpacked += int64(f.UncompressedSize64)
		shape, err := r.checkArray(f, rows)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
		dims = max(dims, len(shape))
	}
	return dims, nil
}

// checkArray compares an array's header with the schema, and returns the array's shape.
func (r *reader) checkArray(f *zip.File, rows int) (shape []int, err error) {
	if f.Method != zip.Store && f.Method != zip.Deflate {
		return nil, fmt.Errorf("packed by method %d, want none or deflate", f.Method)
	}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	shape, size, err := dataset.NPYShape(in)
	if err != nil {
		return nil, err
	}
	if uint64(size) > f.UncompressedSize64 {
		return nil, fmt.Errorf("shape %v takes %d bytes, and the entry has %d", shape, size, f.UncompressedSize64)
	}
	if len(shape) == 0 || shape[0] != rows {
		return nil, fmt.Errorf("shape %v, want [%d, …]: as many rows as %s says", shape, rows, ManifestFile)
	}
	if f.Name == "y.npy" && len(shape) != 1 {
		return nil, fmt.Errorf("shape %v, want [%d]: a label for each row", shape, rows)
	}
	if f.Name == "x.npy" && !slices.Equal(shape[1:], r.schema.Shape) && !slices.Equal(shape[1:], []int{r.schema.features()}) {
		return nil, fmt.Errorf("shape %v, want %v", shape, append([]int{rows}, r.schema.Shape...))
	}
	return shape, nil
}

// relabelled numbers the labels as the schema does.
func (r *reader) relabelled(set *dataset.Memory) (dataset.Described, error) {
	names := set.ClassNames()
	to := make([]int, len(names))
	for i, name := range names {
		to[i] = r.ofName(name)
		if n, err := strconv.Atoi(name); err == nil {
			to[i] = r.ofNumber(n)
		}
	}
	l := &labelled{Memory: set, classes: r.schema.Classes, labels: make([]int, set.Len())}
	sample := make([]float32, r.schema.features())
	for i := range l.labels {
		label, err := set.Sample(i, sample)
		if err != nil {
			return nil, fmt.Errorf("submission: a sample in memory: %w", err)
		}
		if l.labels[i] = to[label]; l.labels[i] < 0 {
			return nil, badRow(BadLabel, ArrayFile, i+1, "y is %.60q, none of the %d classes", names[label], len(r.index))
		}
	}
	return l, nil
}

// labelled is a set with other labels.
type labelled struct {
	*dataset.Memory
	classes []string
	labels  []int
}

// Classes is the number of the round's classes.
func (l *labelled) Classes() int { return len(l.classes) }

// ClassNames are the round's.
func (l *labelled) ClassNames() []string { return slices.Clone(l.classes) }

// Sample is of [dataset.Dataset].
func (l *labelled) Sample(i int, dst []float32) (int, error) {
	if _, err := l.Memory.Sample(i, dst); err != nil {
		return 0, err
	}
	return l.labels[i], nil
}
