package app

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// Data of a number without a name is listed and worked with like any other.
func TestDataOfANumber(t *testing.T) {
	path := filepath.Join(t.TempDir(), "own.csv")
	require.NoError(t, os.WriteFile(path, []byte("a,label\n1,no\n2,yes\n"), 0o600))
	s := &Common{}
	s.SetPath(200, path)
	s.DatasetMappings = map[string]string{"Dataset(201)": "Dataset(200)"}
	c := &Call{App: &App{Name: "decloud-test"}, Home: t.TempDir(), Out: io.Discard, Err: io.Discard}
	data, err := c.OpenData(t.Context(), s, nil, dataset.Train)
	require.NoError(t, err)
	for _, id := range []dataset.ID{200, 201} {
		require.Contains(t, data, id)
		require.Equal(t, 2, data[id].Len())
	}
	require.Contains(t, data, dataset.Mnist)
}
