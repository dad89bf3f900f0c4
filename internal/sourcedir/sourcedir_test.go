package sourcedir_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/sourcedir"
)

func TestFind(t *testing.T) {
	own := sourcedir.Find("internal/sourcedir")
	require.True(t, filepath.IsAbs(own))
	_, err := os.Stat(filepath.Join(own, "sourcedir.go"))
	require.NoError(t, err)
	require.Equal(t, "no/such/place", sourcedir.Find("no/such/place"))
}
