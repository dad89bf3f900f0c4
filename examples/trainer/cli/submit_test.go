package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
)

// launchData puts up an open data round about digits.
func (s scene) launchData(t *testing.T) uint64 {
	t.Helper()
	id := s.creator.Launch(300_000_000, 3, func(o *packagefmt.BuildOptions) {
		o.Task = &packagefmt.Task{
			Type: packagefmt.TaskData, Schema: packagefmt.TaskSchema{Kind: submission.Pictures}, Rows: packagefmt.TaskRows{Min: 10, Max: 100},
			Adapter:  packagefmt.TaskAdapter{Type: "lora", Rank: 2, Alpha: 4, Targets: []string{"head"}},
			Training: packagefmt.TaskTraining{Epochs: 1, BatchSize: 10, LearningRate: 1e-3, Optimizer: "adam", Schedule: "constant", Seed: 7},
			Metric:   packagefmt.MetricAccuracy,
		}
	})
	r, err := s.rounds.Round(t.Context(), id)
	require.NoError(t, err)
	_, err = s.creator.Client.Rounds.ConfigureFair(t.Context(), id, round.FairOptions{Task: round.TaskData, OutlierTolerance: 100, Deadline: r.Options.Deadline})
	require.NoError(t, err)
	apptest.ScoreBase(t, id, 7000, s.validators...)
	return id
}

// writeRows writes ten digits as a submission into a directory.
func writeRows(t *testing.T, dir string) {
	t.Helper()
	digits, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	indices, classes := make([]int, 10), make([]string, 10)
	for i := range indices {
		indices[i], classes[i] = i, strconv.Itoa(i)
	}
	rows, err := dataset.Subset(digits.Train, indices)
	require.NoError(t, err)
	schema := submission.Schema{Kind: submission.Pictures, Shape: []int{1, 28, 28}, Classes: classes}
	_, err = submission.Build(dir, rows.(dataset.Described), schema, submission.About{License: "CC0-1.0", Source: "MNIST"})
	require.NoError(t, err)
}

// The daemon submits a directory that comes after it was started, and claims; by hand it goes into the next round.
func TestSubmittingData(t *testing.T) {
	s := newScene(t)
	dir := filepath.Join(t.TempDir(), "digits")
	p := apptest.Settled(t, App(), s.net, s.cars, "--poll-interval", "0.2")
	id := s.launchData(t)
	p.Fails(1, "say what to submit with --submit Mnist=DIRECTORY", "train", fmt.Sprint(id))

	d := p.Start("start", "--submit", "mnist="+dir, "--data-only")
	d.Await("joined", 1)
	d.Await("the newest revision of the data", 1)
	writeRows(t, dir)
	d.Await("submitted", 1)
	s.finalize(t, id, 8000)
	d.Await("claimed 0.2646 SOL", 1)
	require.Equal(t, 130, d.Stop())
	require.Contains(t, d.Output(), "10 rows, checked as validators will")

	next := s.launchData(t)
	p.Must("config", "--set", "submit=mnist="+dir)
	require.Contains(t, p.Must("train", fmt.Sprint(next)), "submitted bafy")
	require.NoError(t, os.RemoveAll(dir))
}

func TestSubmitSettings(t *testing.T) {
	for text, want := range map[string]string{
		"mnist":                    "expected DATASET=DIRECTORY",
		"mnist=":                   "expected DATASET=DIRECTORY",
		"mnist=digits":             "give the whole path",
		"mnist=/a, cifar10=/b":     "",
		"mnist=/a=b,":              "",
		"":                         "",
		"mnist=/a, cifar10=../b":   "give the whole path",
		"mnist=/a,, =/b":           "expected DATASET=DIRECTORY",
		"Dataset(200)=/data/of me": "",
	} {
		err := checkSubmit(text)
		if want == "" {
			require.NoError(t, err, text)
			continue
		}
		require.ErrorContains(t, err, want, text)
	}
}
