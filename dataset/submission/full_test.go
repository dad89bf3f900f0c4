//go:build linux

package submission

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/fulldisk"
)

func TestCopyOnAFullDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "copy")
	fulldisk.During(t, 20, func() {
		_, err := Copy(dir, textRows("yes").with(Texts, 2), textsOf2)
		require.ErrorIs(t, err, syscall.EFBIG)
	})
	require.Empty(t, left(t, dir))
}
