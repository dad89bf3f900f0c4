package packagefmt

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The start of a file of the older form: magic number, protocol, machine.
const (
	legacyMagic   = "\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
	legacyVersion = "\x80\x02M\xe9\x03."
)

func machine(little string) string { return pk("}(", uni("little_endian"), little, "u") }

// storage is a count and two float32.
func storage(count int64) string {
	return string(binary.LittleEndian.AppendUint64(nil, uint64(count))) + strings.Repeat("\x00", 8)
}

func keys(names ...string) string {
	s := "]("
	for _, n := range names {
		s += uni(n)
	}
	return pk(s + "e")
}

func loadLegacy(parts ...string) (Model, error) {
	b := []byte(strings.Join(parts, ""))
	return LoadPyTorch(bytes.NewReader(b), int64(len(b)), PyTorchOptions{})
}

func TestHostileLegacyFiles(t *testing.T) {
	little := machine("\x88")
	object := pk(sequential(linear(tensor(2, 0, []int64{1, 2}, []int64{2, 1}))))
	start := legacyMagic + legacyVersion + little + object
	m, err := loadLegacy(start, keys("0"), storage(2))
	require.NoError(t, err)
	require.Equal(t, []string{"Linear"}, types(m.Network))
	view := strings.Replace(object, "tQ", uni("view")+"tQ", 1) // a sixth element: a view of another storage
	huge := pk(sequential(linear(tensor(1<<40, 0, []int64{1, 2}, []int64{2, 1}))))
	for name, text := range map[string]string{
		"magic only":             legacyMagic,
		"other magic":            pk("K\x01") + legacyVersion,
		"other protocol":         legacyMagic + pk("K\x01") + little + object,
		"big-endian":             legacyMagic + legacyVersion + machine("\x89") + object + keys("0") + storage(2),
		"machine is a list":      legacyMagic + legacyVersion + pk("]") + object + keys("0") + storage(2),
		"magic calls os.system":  pk(global("os", "system"), "(", uni("true"), "tR") + legacyVersion,
		"object calls os.system": legacyMagic + legacyVersion + little + pk(global("os", "system"), "(", uni("true"), "tR"),
		"keys call os.system":    start + pk(global("os", "system"), "(", uni("true"), "tR"),
		"no keys":                start,
		"keys are a string":      start + pk(uni("0")) + storage(2),
		"key not used":           start + keys("0", "1") + storage(2) + storage(2),
		"key twice":              start + keys("0", "0") + storage(2) + storage(2),
		"key missing":            start + keys(),
		"storage missing":        start + keys("0"),
		"storage cut off":        start + keys("0") + storage(2)[:12],
		"count differs":          start + keys("0") + storage(3),
		"count of 2^63":          start + keys("0") + storage(-1<<63),
		"storage of 2^40":        legacyMagic + legacyVersion + little + huge + keys("0") + storage(1<<40),
		"view of a storage":      legacyMagic + legacyVersion + little + view + keys("0") + storage(2),
	} {
		t.Run(name, func(t *testing.T) {
			refusedCheaply(t, func() error {
				_, err := loadLegacy(text)
				return err
			})
		})
	}
}
