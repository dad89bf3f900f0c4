package packagefmt

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var tom = Owner{Program: "DCLDgP6xHuVmcKuGvAzKEkrbSYHApp9568JhVoXsF2Hh", Round: 0, Trainer: "4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi"}

// A gradient package that says whose it is is read for that submission only; one that does not, for any, unless a name is
// demanded.
func TestOwnerOfAGradient(t *testing.T) {
	base, _, _ := buildMNIST(t)
	owned, err := gradientFiles(base.Head, base, OwnedBy(tom))
	require.NoError(t, err)
	plain, err := gradientFiles(base.Head, base)
	require.NoError(t, err)
	require.NotContains(t, string(plain[ConfigFile]), "trainer", "what nobody owns is written as ever")

	for _, named := range []bool{false, true} {
		head, err := ReadOwnedGradient(owned, base, tom, named)
		require.NoError(t, err)
		require.Equal(t, base.Head.Weights, head.Weights)
		for name, other := range map[string]Owner{
			"round":   {tom.Program, 1, tom.Trainer},
			"trainer": {tom.Program, tom.Round, tom.Program},
			"program": {tom.Trainer, tom.Round, tom.Trainer},
		} {
			_, err := ReadOwnedGradient(owned, base, other, named)
			require.ErrorIs(t, err, ErrInvalid, name)
			require.ErrorContains(t, err, "it is that of "+tom.String(), name)
		}
	}
	_, err = ReadGradient(owned, base)
	require.NoError(t, err, "whoever it is")
	_, err = ReadOwnedGradient(plain, base, tom, false)
	require.NoError(t, err)
	_, err = ReadOwnedGradient(plain, base, tom, true)
	require.ErrorIs(t, err, ErrInvalid)
	require.ErrorContains(t, err, "does not say whose it is")
}

func TestOwnerOnDisk(t *testing.T) {
	base, _, _ := buildMNIST(t)
	dir := filepath.Join(t.TempDir(), "gradient")
	require.NoError(t, WriteGradient(dir, base.Head, base, OwnedBy(tom)))
	text, err := os.ReadFile(filepath.Join(dir, ConfigFile))
	require.NoError(t, err)
	config, err := ParseConfig(text)
	require.NoError(t, err)
	require.Equal(t, &tom, config.Owner)
	again, err := jsonFile(config)
	require.NoError(t, err)
	require.Equal(t, string(text), string(again))

	for _, o := range []Owner{{}, {Program: tom.Program}, {Trainer: tom.Trainer}} {
		require.ErrorIs(t, WriteGradient(dir+"2", base.Head, base, OwnedBy(o)), ErrInvalid)
	}
}

func TestBadOwners(t *testing.T) {
	base, _, _ := buildMNIST(t)
	owned, err := gradientFiles(base.Head, base, OwnedBy(tom))
	require.NoError(t, err)
	for name, spoil := range map[string]func(c map[string]any){
		"no program":         func(c map[string]any) { delete(c, "program") },
		"null for a trainer": func(c map[string]any) { c["trainer"] = nil },
		"no round":           func(c map[string]any) { delete(c, "round") },
		"empty trainer":      func(c map[string]any) { c["trainer"] = "" },
		"long program":       func(c map[string]any) { c["program"] = string(make([]byte, 65)) },
		"round as a text":    func(c map[string]any) { c["round"] = "0" },
		"negative round":     func(c map[string]any) { c["round"] = -1 },
		"key as a number":    func(c map[string]any) { c["program"] = 7 },
		"Trainer":            func(c map[string]any) { c["Trainer"] = c["trainer"]; delete(c, "trainer") },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadOwnedGradient(change(t, owned, func(m memFS) { edit(t, m, spoil) }), base, tom, false)
			require.ErrorIs(t, err, ErrInvalid)
		})
	}
}

// A creator's config.json is copied by the kits' trainers: one that names somebody makes no package.
func TestModelPackageHasNoOwner(t *testing.T) {
	base, _, _ := buildMNIST(t)
	files, err := base.files()
	require.NoError(t, err)
	trap := change(t, files, func(m memFS) {
		edit(t, m, func(c map[string]any) { c["program"], c["round"], c["trainer"] = tom.Program, 1, tom.Trainer })
	})
	_, err = Read(trap)
	require.ErrorIs(t, err, ErrInvalid)
	require.ErrorContains(t, err, "only a gradient package may")
	own := *base
	own.Config.Owner = &tom
	_, err = own.files()
	require.ErrorIs(t, err, ErrInvalid)
}
