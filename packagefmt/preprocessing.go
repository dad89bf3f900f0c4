package packagefmt

import (
	"fmt"
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/audio"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// maxColumns bounds the columns that a package names.
const maxColumns = 4096

// maxSample bounds the number of values in one sample.
const maxSample = 1 << 24

// Preprocessing turns a sample of a data set into the encoder's input.
type Preprocessing struct {
	// Shape of a sample without the batch: [1 28 28] is channels, height, width.
	Shape []int `json:"shape"`
	// Mean and Std normalize: (x − mean) / std, with one value for each entry
	// of the first dimension (a channel; a feature where Shape has one
	// dimension), or one for all. Empty means 0 and 1.
	Mean []float32 `json:"mean,omitempty"`
	// Std has as many values as Mean, each over 0.
	Std []float32 `json:"std,omitempty"`
	// Classes are the names of labels 0, 1, … They are the law for everybody's
	// data: labels are looked up in them. Names "0", "1", … are mere numbers.
	Classes []string `json:"classes,omitempty"`
	// Resize says how pictures come to Shape's height and width; nil if each is
	// resized by itself, bilinear and antialiased.
	Resize *dataset.Resize `json:"resize,omitempty"`
	// Columns are a table's columns that become the features, in order: numbers
	// as they are, and categorical ones as one feature for each value. nil for
	// other data, and for tables whose columns have no names.
	Columns []dataset.Column `json:"columns,omitempty"`
	// Tokenizer is TokenizerFile if samples are texts, which that file makes
	// token ids of: as many as Shape has values. Empty for other data, and where
	// everybody's data is token ids already.
	Tokenizer string `json:"tokenizer,omitempty"`
	// Audio says what becomes of recordings: the rate, the length, and whether
	// samples are spectrograms. nil for other data.
	Audio *audio.Spec `json:"audio,omitempty"`
}

// withDefaults states what the test set says of itself and the caller did not.
func (p Preprocessing) withDefaults(test dataset.Dataset, id dataset.ID) Preprocessing {
	if p.Shape == nil && p.Audio != nil && p.Audio.Check() == nil {
		p.Shape = p.Audio.Shape()
	}
	if p.Shape == nil && p.Resize != nil {
		p.Shape = append([]int{3}, p.Resize.Result()...)
		if d, ok := test.(dataset.Described); ok && len(d.Shape()) == 3 {
			p.Shape[0] = d.Shape()[0]
		}
	}
	if p.Shape == nil {
		p.Shape = id.Info().Shape
		if d, ok := test.(dataset.Described); ok && d.Shape() != nil { // texts have none
			p.Shape = d.Shape()
		}
	}
	if r, ok := test.(interface{ Resizing() *dataset.Resize }); ok && p.Resize == nil && slices.Equal(r.Resizing().Result(), p.Shape[min(1, len(p.Shape)):]) {
		p.Resize = r.Resizing()
	}
	if p.Columns == nil {
		p.Columns = tellingColumns(dataset.Columns(test))
	}
	return p
}

// tellingColumns returns columns if they say more than their number does, and are
// few enough to be written down.
func tellingColumns(columns []dataset.Column) []dataset.Column {
	if len(columns) <= maxColumns && slices.ContainsFunc(columns, func(c dataset.Column) bool { return c.Name != "" || c.Values != nil || c.Fill != nil }) {
		return columns
	}
	return nil
}

// Check returns an error if the shape or the normalization is out of range.
func (p Preprocessing) Check() error {
	n := 1
	for _, d := range p.Shape {
		if d < 1 || n > maxSample/d {
			return fmt.Errorf("%w: preprocessing: shape %v", ErrInvalid, p.Shape)
		}
		n *= d
	}
	if len(p.Shape) == 0 || len(p.Shape) > 4 {
		return fmt.Errorf("%w: preprocessing: shape %v has %d dimensions, want 1 to 4", ErrInvalid, p.Shape, len(p.Shape))
	}
	if len(p.Mean) != len(p.Std) || (len(p.Mean) > 1 && len(p.Mean) != p.Shape[0]) {
		return fmt.Errorf("%w: preprocessing: %d means and %d deviations for %d channels", ErrInvalid, len(p.Mean), len(p.Std), p.Shape[0])
	}
	for i := range p.Mean {
		if m := float64(p.Mean[i]); math.IsNaN(m) || math.IsInf(m, 0) || !(p.Std[i] > 1e-12) || p.Std[i] > 1e12 {
			return fmt.Errorf("%w: preprocessing: mean %v, deviation %v", ErrInvalid, p.Mean[i], p.Std[i])
		}
	}
	if len(p.Classes) > 0 {
		if _, err := dataset.NewClassList(p.Classes); err != nil {
			return fmt.Errorf("%w: preprocessing: classes: %w", ErrInvalid, err)
		}
	}
	if err := p.checkResize(); err != nil {
		return fmt.Errorf("%w: preprocessing: %w", ErrInvalid, err)
	}
	if p.Tokenizer != "" && (p.Tokenizer != TokenizerFile || len(p.Shape) != 1 || len(p.Mean) > 0) {
		return fmt.Errorf("%w: preprocessing: tokenizer %.60q with shape %v and %d means, want %q, [length] and none",
			ErrInvalid, p.Tokenizer, p.Shape, len(p.Mean), TokenizerFile)
	}
	if p.Audio != nil {
		if err := p.Audio.Check(); err != nil {
			return fmt.Errorf("%w: preprocessing: %w", ErrInvalid, err)
		}
		if p.Audio.Size() != p.features() {
			return fmt.Errorf("%w: preprocessing: recordings become %v, not samples of shape %v", ErrInvalid, p.Audio.Shape(), p.Shape)
		}
	}
	if err := p.checkColumns(); err != nil {
		return fmt.Errorf("%w: preprocessing: %w", ErrInvalid, err)
	}
	return nil
}

// checkResize compares the size of resized pictures with the shape.
func (p Preprocessing) checkResize() error {
	if p.Resize == nil {
		return nil
	}
	if err := p.Resize.Check(); err != nil {
		return err
	}
	if len(p.Shape) != 3 || !slices.Equal(p.Shape[1:], p.Resize.Result()) {
		return fmt.Errorf("pictures of %v do not become samples of shape %v", p.Resize.Result(), p.Shape)
	}
	return nil
}

// checkColumns compares the columns with the shape.
func (p Preprocessing) checkColumns() error {
	if p.Columns == nil {
		return nil
	}
	if len(p.Columns) > maxColumns {
		return fmt.Errorf("%d columns, at most %d", len(p.Columns), maxColumns)
	}
	features := 0
	named := map[string]int{}
	for i, c := range p.Columns {
		if first, twice := named[c.Name]; twice && c.Name != "" {
			return fmt.Errorf("columns %d and %d are both named %.60q", first, i, c.Name)
		}
		named[c.Name] = i
		if c.Fill != nil && (len(c.Values) > 0 || *c.Fill-*c.Fill != 0) {
			return fmt.Errorf("column %d: only numbers are filled in, and with a finite one", i)
		}
		if len(c.Values) > 0 {
			if _, err := dataset.NewClassList(c.Values); err != nil {
				return fmt.Errorf("column %d: %w", i, err)
			}
		}
		features += c.Features()
	}
	if features != p.features() {
		return fmt.Errorf("columns of %d features do not become samples of shape %v", features, p.Shape)
	}
	return nil
}

// features is the number of values in a sample.
func (p Preprocessing) features() int {
	n := 1
	for _, d := range p.Shape {
		n *= d
	}
	return n
}

// apply normalizes one sample in place.
func (p Preprocessing) apply(x []float32) {
	if len(p.Mean) == 0 {
		return
	}
	plane := len(x) / len(p.Mean)
	for c := range p.Mean {
		mean, std := p.Mean[c], p.Std[c]
		for i := c * plane; i < (c+1)*plane; i++ {
			x[i] = (x[i] - mean) / std
		}
	}
}

// batch reads the samples of ds at the indices as one normalized tensor [n,
// shape…], and their labels.
func (p Preprocessing) batch(ds dataset.Dataset, indices []int) (safetensors.Tensor, []int, error) {
	size := p.features()
	x := safetensors.Tensor{
		Shape: append([]int{len(indices)}, p.Shape...),
		Data:  make([]float32, len(indices)*size),
	}
	labels := make([]int, len(indices))
	for k, i := range indices {
		sample := x.Data[k*size : (k+1)*size]
		label, err := ds.Sample(i, sample)
		if err != nil {
			return x, nil, fmt.Errorf("sample %d: %w", i, err)
		}
		if label < 0 || (len(p.Classes) > 0 && label >= len(p.Classes)) {
			return x, nil, fmt.Errorf("sample %d: label %d is not one of the %d classes", i, label, len(p.Classes))
		}
		p.apply(sample)
		if j := slices.IndexFunc(sample, func(v float32) bool { return v-v != 0 }); j >= 0 {
			return x, nil, fmt.Errorf("sample %d: value %d is %v", i, j, sample[j])
		}
		labels[k] = label
	}
	return x, labels, nil
}
