package cli

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// Whoever has the test split sees before paying whether a package is about it.
func TestCreateComparesWithOwnData(t *testing.T) {
	p := apptest.Settled(t, App(), localnet.New(t), t.TempDir())
	digits, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	part := func(first int) string {
		indices := make([]int, 20)
		for i := range indices {
			indices[i] = first + i
		}
		subset, err := dataset.Subset(digits.Test, indices)
		require.NoError(t, err)
		dir := filepath.Join(t.TempDir(), "mnist")
		require.NoError(t, dataset.SaveIDX(dir, subset.(dataset.Described)))
		return dir
	}
	p.Must("dataset", "set", "mnist", part(0))
	var package_ struct{ Path string }
	p.JSON(&package_, "build", "-m", model, "-d", "Mnist")
	var uploaded struct{ CID string }
	p.JSON(&uploaded, "upload", "-p", package_.Path)
	created := p.Type("", "create", "-c", uploaded.CID, "-d", "Mnist", "-r", "0.1", "--open", "--yes")
	require.Zero(t, created.Code, created.Err)
	require.Contains(t, created.Err, "comparing the package with your copy of Mnist")

	p.Must("dataset", "set", "mnist", part(20))
	p.Fails(1, "your copy of Mnist", "create", "-c", uploaded.CID, "-d", "Mnist", "-r", "0.1", "--open", "--yes")
	p.Fails(1, "nothing was paid", "create", "-c", uploaded.CID, "-d", "Mnist", "-r", "0.1", "--open", "--yes")
}
