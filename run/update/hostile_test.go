package update_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/run/update"
)

// Ten billion bytes in a kilobyte: what a file says about its size is compared with
// what it is, before anything is made room for.
func TestUpdateThatClaimsTenBillionBytes(t *testing.T) {
	model := packagefmt.Network{Weights: map[string]safetensors.Tensor{"w": {Shape: []int{2, 3}, Data: make([]float32, 6)}}}
	const huge = 10_000_000_000
	for encoding, header := range map[update.Kind]string{
		update.Float32: fmt.Sprintf(`{"w":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}}`, huge/4, int64(huge)),
		update.Float16: fmt.Sprintf(`{"w":{"dtype":"F16","shape":[%d,1],"data_offsets":[0,8]}}`, huge/2),
		update.TopK: fmt.Sprintf(`{"w:scale":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w:values":{"dtype":"F16","shape":[%d],"data_offsets":[4,8]},"w:gaps":{"dtype":"U8","shape":[2],"data_offsets":[8,10]}}`,
			int64(huge)),
		update.Sign: fmt.Sprintf(`{"w":{"dtype":"U8","shape":[%d],"data_offsets":[0,1]}}`, int64(huge)),
	} {
		t.Run(string(encoding), func(t *testing.T) {
			values := append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
			values = append(values, make([]byte, 16)...)
			names := update.Names{Epoch: 1, Round: 2}
			files, err := update.New(names, encoding, update.Encoded{})
			require.NoError(t, err)
			config, err := files.Open(update.ConfigFile)
			require.NoError(t, err)
			text := make([]byte, 4096)
			n, err := config.Read(text)
			require.NoError(t, err)
			hostile := fstest.MapFS{update.ConfigFile: {Data: text[:n]}, update.ValuesFile: {Data: values}}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err = update.Read(hostile, names, model)
			runtime.ReadMemStats(&after)
			require.Error(t, err)
			require.True(t, isVerdict(err), "%v: verifiers leave it out", err)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))
		})
	}
}

func isVerdict(err error) bool {
	for _, verdict := range []error{update.ErrUnreadable, update.ErrNames, update.ErrLayers, update.ErrNotFinite} {
		if errors.Is(err, verdict) {
			return true
		}
	}
	return false
}
