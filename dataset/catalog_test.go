package dataset

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCatalog(t *testing.T) {
	ctx := context.Background()
	row := []byte("1,2,3,4,2\n")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(row) }))
	defer s.Close()
	own := t.TempDir() + "/own.csv"
	require.NoError(t, os.WriteFile(own, []byte("1,2,3,4,0\n1,2,3,4,1\n"), 0o600))
	c := Catalog{
		Names:   map[string]ID{"Digits": Mnist},
		Paths:   map[ID]string{Iris: own},
		Sources: map[ID][]Source{Titanic: {{URL: s.URL + "/a/train.csv?x=1", SHA256: sumOf(row)}}},
		Dir:     t.TempDir(),
	}
	id, err := c.Parse("dIGITS ")
	require.NoError(t, err)
	require.Equal(t, Mnist, id)
	id, err = c.Parse("cifar10")
	require.NoError(t, err)
	require.Equal(t, Cifar10, id)

	for _, want := range []struct {
		id   ID
		part Part
		n    int
	}{{Mnist, Train, 2000}, {Mnist, Test, 1000}, {Iris, Train, 2}, {Wine, Test, 34}} {
		ds, err := c.Open(ctx, want.id, want.part)
		require.NoError(t, err)
		require.Equal(t, want.n, ds.Len())
		require.True(t, c.Has(want.id))
	}
	require.True(t, c.Has(Titanic))
	_, err = c.Open(ctx, Titanic, Train)
	require.ErrorIs(t, err, ErrFormat, "label 2 of a data set of two classes")
	require.NoDirExists(t, c.Dir+"/Titanic", "what cannot be read is not installed")
	require.FileExists(t, c.Dir+"/.downloads/Titanic/sources/train.csv", "nor downloaded again")
	c.Options = map[ID]Options{Titanic: {Label: "0"}}
	ds, err := c.Open(ctx, Titanic, Train)
	require.NoError(t, err, "with other options it is")
	require.Equal(t, 1, ds.Len())
	require.FileExists(t, c.Dir+"/Titanic/train.csv")

	require.False(t, c.Has(Cifar10))
	_, err = c.Open(ctx, Cifar10, Train)
	require.ErrorIs(t, err, ErrNotBuiltin)
	require.ErrorContains(t, err, "Cifar10")
	_, err = c.Open(ctx, Mnist, "both")
	require.Error(t, err)
	for _, url := range []string{s.URL + "/", s.URL + "/..", s.URL + `/..\x`, s.URL + "/."} {
		c.Sources[Qm9] = []Source{{URL: url, SHA256: sumOf(row)}}
		_, err = c.Open(ctx, Qm9, Train)
		require.ErrorContains(t, err, "file name", url)
	}

	// a download that fails leaves nothing that looks like data
	c.Sources = map[ID][]Source{Kmnist: {{URL: s.URL + "/train.csv", SHA256: sumOf(row)}, {URL: s.URL + "/test.csv", SHA256: sumOf(nil)}}}
	_, err = c.Open(ctx, Kmnist, Train)
	require.ErrorIs(t, err, ErrChecksum)
	require.False(t, Catalog{Dir: c.Dir}.Has(Kmnist))

	c.Sources = map[ID][]Source{Titanic: {{URL: s.URL + "/train.csv", SHA256: sumOf(row)}}}
	c.Dir = ""
	_, err = c.Open(ctx, Titanic, Train)
	require.ErrorContains(t, err, "directory")
}
