package roundtest

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
)

// DataPackage is [Package] with a task: rounds of it take 10 to 100 digits.
func DataPackage() *packagefmt.Package {
	p := *Package()
	p.Config.Version, p.Config.Task = packagefmt.Version3, &packagefmt.Task{
		Type: packagefmt.TaskData, Schema: packagefmt.TaskSchema{Kind: submission.Pictures}, Rows: packagefmt.TaskRows{Min: 10, Max: 100},
		Adapter:  packagefmt.TaskAdapter{Type: "lora", Rank: 2, Alpha: 4, Targets: []string{"head"}},
		Training: packagefmt.TaskTraining{Epochs: 1, BatchSize: 10, LearningRate: 1e-3, Optimizer: "adam", Schedule: "constant", Seed: 7},
		Metric:   packagefmt.MetricAccuracy,
	}
	return &p
}

// LaunchData publishes [DataPackage] and creates a sealed data round about it, as LaunchSealed does.
func (w *World) LaunchData(t testing.TB, creator Player, fair Fair) uint64 {
	t.Helper()
	return w.LaunchSealedAbout(t, creator, DataPackage(), nil, func(f *round.FairOptions) {
		f.Task = round.TaskData
		if fair != nil {
			fair(f)
		}
	})
}

// LaunchOpenData creates an open data round, whose submissions are published at once.
func (w *World) LaunchOpenData(t testing.TB, creator Player, fair Fair) uint64 {
	t.Helper()
	id := w.launch(t, creator, DataPackage())
	r, err := creator.Rounds.Round(t.Context(), id)
	require.NoError(t, err)
	f := round.FairOptions{Task: round.TaskData, OutlierTolerance: 100, Deadline: r.Options.Deadline}
	if fair != nil {
		fair(&f)
	}
	_, err = creator.Rounds.ConfigureFair(t.Context(), id, f)
	require.NoError(t, err)
	return id
}

// Rows writes n digits of the train pool, from the from-th on, as a submission into a new directory.
func Rows(t testing.TB, from, n int) (dir string) {
	t.Helper()
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	indices := make([]int, n)
	for i := range indices {
		indices[i] = from + i
	}
	rows, err := dataset.Subset(sets.Train, indices)
	require.NoError(t, err)
	schema, err := DataPackage().Submission()
	require.NoError(t, err)
	dir = filepath.Join(t.TempDir(), "rows")
	_, err = submission.Build(dir, rows.(dataset.Described), schema, submission.About{License: "CC0-1.0", Source: "MNIST"})
	require.NoError(t, err)
	return dir
}
