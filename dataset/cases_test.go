package dataset

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each folder of testdata/cases holds data as people have it, and a README that
// says what is right and what an earlier version did instead.
func TestCases(t *testing.T) {
	unnamed := ID(200)
	pets := []string{"cat", "dog", "frog"}
	for _, test := range []struct {
		name   string
		id     ID
		opts   Options
		shape  []int
		labels []int
		names  []string
		first  []float32 // the first values of the first sample
	}{
		{"csv_bom_noheader/d.csv", unnamed, Options{}, []int{2}, []int{0, 1, 0}, []string{"0", "1"}, []float32{1, 2}},
		{"csv_float_labels/d.csv", unnamed, Options{}, []int{2}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, numberNames(12), []float32{0, 1}},
		{"csv_label_first/d.csv", unnamed, Options{}, []int{3}, []int{3, 1, 2}, numberNames(4), []float32{0, 9, 0}},
		{"csv_numeric_header/d.csv", unnamed, Options{}, []int{3}, []int{0, 1, 2}, numberNames(3), []float32{5.1, 3.5, 1.4}},
		{"csv_semicolon/d.csv", unnamed, Options{}, []int{2}, []int{0, 1}, numberNames(2), []float32{1, 2}},
		{"jsonl_float/d.jsonl", unnamed, Options{}, []int{2}, []int{0, 10, 2}, numberNames(11), []float32{1, 2}},
		{"names_two_classes/train.csv", unnamed, Options{Classes: pets}, []int{2}, []int{1, 2}, pets, nil},
		{"npz_big_endian/d.npz", unnamed, Options{}, []int{4}, []int{0, 1, 2}, nil, []float32{0, 1, 2, 3}},
		{"npz_fortran/d.npz", unnamed, Options{}, []int{4}, []int{0, 1, 2}, nil, []float32{0, 1, 2, 3}},
		{"npz_double_quotes/d.npz", unnamed, Options{}, []int{4}, []int{0, 1, 2}, nil, []float32{0, 1, 2, 3}},
		{"npz_channels_last/d.npz", Cifar10, Options{}, []int{3, 32, 32}, nil, nil, nil},
		{"img_junk", Cifar10, Options{Classes: pets}, []int{3, 32, 32}, []int{0, 1}, pets, nil},
		{"img_ext", Cifar10, Options{Classes: []string{"cat", "dog", "frog", "horse"}}, []int{3, 32, 32}, []int{0, 1, 2, 3}, nil, nil},
		{"img_alpha", Cifar10, Options{}, []int{3, 32, 32}, []int{3, 5}, nil, []float32{200. / 255}},
		{"img_numeric_folders", Emnist, Options{}, []int{1, 28, 28}, []int{0, 1, 10, 11, 2}, numberNames(12), nil},
		{"img_missing_class", Cifar10, Options{Classes: pets}, []int{3, 32, 32}, []int{0, 1, 2}, pets, nil},
		{"csv_kaggle_digits/train.csv", Mnist, Options{}, []int{1, 28, 28}, nil, numberNames(10), nil},
		{"idx_emnist", Emnist, Options{}, []int{1, 28, 28}, nil, numberNames(47), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			ds, err := Open(test.id, filepath.Join("testdata/cases", test.name), Train, test.opts)
			require.NoError(t, err)
			n, err := countFeatures(ds.Shape())
			require.NoError(t, err)
			x, y := values(t, ds, n)
			if test.shape != nil {
				require.Equal(t, test.shape, ds.Shape())
			}
			if test.labels != nil {
				require.Equal(t, test.labels, y)
			}
			if test.names != nil {
				require.Equal(t, test.names, ClassNames(ds))
			}
			if len(test.first) > 0 {
				require.Equal(t, test.first, x[:len(test.first)])
			}
			if test.id == Mnist || test.id == Emnist || test.id == Cifar10 {
				require.LessOrEqual(t, slices.Max(x), float32(1))
			}
		})
	}
}

// What no reader can know is an error that says where, and what to do.
func TestCasesThatAreRefused(t *testing.T) {
	pets := []string{"cat", "dog", "frog"}
	for _, test := range []struct {
		name string
		id   ID
		part Part
		opts Options
		want error
		says string
	}{
		{"csv_missing_first_row/d.csv", 200, Train, Options{}, ErrFormat, "line 1: column 1"},
		{"csv_missing_label/d.csv", 200, Train, Options{}, ErrFormat, "line 2: column 2"},
		{"csv_na_label/d.csv", 200, Train, Options{}, ErrFormat, `line 3: column "y"`},
		{"csv_trailing_comma/d.csv", 200, Train, Options{}, ErrFormat, "column 3 has no name"},
		{"names_two_classes/train.csv", 200, Train, Options{Classes: pets[:2]}, ErrClass, `line 3: column "y": dataset: not one of the classes: label "frog"`},
		{"names_two_classes/train.csv", 200, Test, Options{}, ErrNoPart, "train part by its name"},
		{"img_alpha", Cifar10, Test, Options{}, ErrNoPart, `beside "train"`},
		{"img_missing_class", Cifar10, Test, Options{Classes: []string{"cat", "frog"}}, ErrClass, `folder "dog"`},
		{"img_numeric_folders", Kmnist, Train, Options{}, ErrClass, `folder "10"`},
	} {
		_, err := Open(test.id, filepath.Join("testdata/cases", test.name), test.part, test.opts)
		require.ErrorIs(t, err, test.want, test.name)
		require.ErrorContains(t, err, test.says, test.name)
	}
	ds, err := Open(Cifar10, "testdata/cases/img_missing_class", Test, Options{Classes: pets})
	require.NoError(t, err)
	_, y := values(t, ds, 3*32*32)
	require.Equal(t, []int{1, 2}, y, "dog is dog though there is no cat")
}

func TestKaggleDigits(t *testing.T) {
	ds, err := Open(Mnist, "testdata/cases/csv_kaggle_digits/train.csv", Train, Options{})
	require.NoError(t, err)
	require.Equal(t, 40, ds.Len())
	require.Equal(t, 10, ds.Classes())
	require.Contains(t, Notes(ds), "values are whole numbers up to 255 and were divided by it")
}
