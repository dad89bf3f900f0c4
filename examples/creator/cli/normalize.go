package cli

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
)

// measured is the number of samples that a normalization is measured on, at most.
const measured = 10_000

// normalize fills in mean and std where the user gave none: those agreed on for
// the data set, else those of its train part, else of its test part. It returns
// where they are from. Text, audio, sequences and graphs are left as they are.
func (r *recipe) normalize(ctx context.Context, c *app.Call, cfg *config, id dataset.ID, pre *packagefmt.Preprocessing, test dataset.Described) (string, error) {
	info := id.Info()
	switch {
	case len(r.mean)+len(r.std) > 0:
		return "as given", nil
	case info.Mean != nil && (pre.Shape == nil || pre.Shape[0] == len(info.Mean)):
		pre.Mean, pre.Std = info.Mean, info.Std
		return fmt.Sprintf("agreed on for %s", id), nil
	case info.Modality != "image" && info.Modality != "tabular":
		return "none", nil
	}
	ds, part := test, dataset.Test
	if train, err := c.OpenDataset(ctx, &cfg.Common, id, dataset.Train); err == nil {
		ds, part = train, dataset.Train
	}
	mean, std, n, err := measure(ds, pre)
	if err != nil {
		return "", fmt.Errorf("measuring the mean of the %s part: %w", part, err)
	}
	pre.Mean, pre.Std = mean, std
	return fmt.Sprintf("measured on %d samples of the %s part; --mean 0 --std 1 leaves values as they are", n, part), nil
}

// measure returns mean and standard deviation for each channel, or for all
// together if the preprocessing has another number of channels than the set.
func measure(ds dataset.Described, pre *packagefmt.Preprocessing) (mean, std []float32, n int, err error) {
	fit, err := dataset.Adapt(ds, dataset.Schema{Shape: pre.Shape, Resize: pre.Resize})
	if err != nil {
		return nil, nil, 0, err
	}
	if n = fit.Len(); n > measured {
		indices := make([]int, measured)
		for i := range indices {
			indices[i] = i * n / measured
		}
		if fit, err = dataset.Subset(fit, indices); err != nil {
			return nil, nil, 0, err
		}
		n = measured
	}
	described := fit.(dataset.Described) // as ds is
	if pre.Shape != nil && described.Shape()[0] != pre.Shape[0] {
		described = oneChannel{described}
	}
	mean, std, err = dataset.MeanStd(described)
	return mean, std, n, err
}

// oneChannel is a set whose values are all of one channel.
type oneChannel struct{ dataset.Described }

func (o oneChannel) Shape() []int {
	n := 1
	for _, d := range o.Described.Shape() {
		n *= d
	}
	return []int{1, n}
}

// expected compares the base's accuracy with what the user knows of the model.
func (r *recipe) expected(report packagefmt.Report) error {
	if got := float64(report.Accuracy) / 100; r.expect != 0 && math.Abs(got-r.expect) > 2 {
		return fmt.Errorf("the base gets %s right, and --expect says %v %%: preprocessing (--mean, --std, --resize), classes or their order are not those that the model was trained with; nothing was written, published or paid",
			rating.FormatAccuracy(report.Accuracy), r.expect)
	}
	return nil
}

// nearChance reports a base that is no better than always answering with the most
// frequent class, or by no more than two standard deviations of that; of language models
// one that expects no token of the test more than others.
func (b built) nearChance() error {
	report, samples := b.report, b.pkg.Config.Metadata.NumSamples
	if len(b.pkg.Config.Preprocessing.Classes) == 0 {
		if report.Accuracy > report.Majority {
			return nil
		}
		return fmt.Errorf("the base scores %s, and one that expects all tokens alike %s: check that the tokenizer is the model's (--tokenizer), and that the conversations are in its language",
			rating.FormatAccuracy(report.Accuracy), rating.FormatAccuracy(report.Majority))
	}
	p := float64(report.Majority) / 1e4
	if float64(report.Accuracy)/1e4 > p+2*math.Sqrt(p*(1-p)/float64(max(samples, 1))) {
		return nil
	}
	return fmt.Errorf("the base gets %s right, and always answering with the most frequent class gets %s: check preprocessing (--mean, --std), classes and their order",
		rating.FormatAccuracy(report.Accuracy), rating.FormatAccuracy(report.Majority))
}

// fewNames lists the first names.
func fewNames(names []string) string {
	const most = 10
	if len(names) > most {
		return fmt.Sprintf("%s, … (%d)", strings.Join(names[:most], ", "), len(names))
	}
	return strings.Join(names, ", ")
}
