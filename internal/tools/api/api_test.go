package main

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// source makes a repository of one package, "shop", of Go source.
func source(t *testing.T, text string) *repository {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "shop.go", "package shop\n"+text, 0)
	require.NoError(t, err)
	config := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	p, err := config.Check("example.com/shop", fset, []*ast.File{file}, nil)
	require.NoError(t, err)
	r := &repository{listings{}, map[string]*types.Package{"shop": p}, map[string]*types.Package{}}
	r.remember(p)
	r.listings["shop"], err = list(p)
	require.NoError(t, err)
	return r
}

const shop = `
import ("context"; "io")
const Half = 1.0 / 2
const Open State = 1
var ErrClosed error
type State uint8
type base struct { Name string }
func (base) Describe() string { return "" }
type Till struct { base; Cash int; drawers []int }
func (t *Till) Pay(ctx context.Context, w io.Writer, coins ...int) (change int, err error) { return 0, nil }
func (t *Till) count() int { return 0 }
type List[T any] struct { Items []T }
func (l *List[T]) Push(v T) {}
type Any = interface{ Read([]byte) (int, error) }
func Map[K comparable, V any](m map[K]V, f func(K) V) map[K]V { return m }
`

func TestListing(t *testing.T) {
	require.Equal(t, `package shop // import "example.com/shop"

import "context"
import "io"

const Half = 0.5
const Open State = 1

var ErrClosed error

func Map[K comparable, V any](m map[K]V, f func(K) V) map[K]V

type Any = interface{ Read([]byte) (int, error) }

type List[T any] struct {
	Items []T
}

func (*List[T]) Push(v T)

type State uint8

type Till struct {
	base
	Cash int
	_    []struct{} // unexported fields
}

func (*Till) Pay(ctx context.Context, w io.Writer, coins ...int) (change int, err error)

type base struct {
	Name string
}

func (base) Describe() string
`, string(source(t, shop).listings["shop"]))
}

func TestCompare(t *testing.T) {
	for name, c := range map[string]struct {
		old, now string
		want     []string
	}{
		"the same":                  {shop, shop, nil},
		"unexported":                {"func f() {}; type T struct{ a int }", "type T struct{ b int }", nil},
		"added":                     {"func A() {}", "func A() {}\nfunc B() {}", []string{"compatible    shop: B: added"}},
		"removed":                   {"func A() {}\nfunc B() {}", "func A() {}", []string{"INCOMPATIBLE  shop: B: removed"}},
		"method removed":            {"type T int\nfunc (T) M() {}", "type T int", []string{"INCOMPATIBLE  shop: T.M: removed"}},
		"parameter changed":         {"func A(int) {}", "func A(string) {}", []string{"INCOMPATIBLE  shop: A: changed from func(int) to func(string)"}},
		"parameter renamed":         {"func A(x int) {}", "func A(y int) {}", nil},
		"constant's value":          {"const A = 1", "const A = 2", []string{"INCOMPATIBLE  shop: A: value changed from 1 to 2"}},
		"field added":               {"type T struct{ A int; b int }", "type T struct{ A, B int; b int }", []string{"compatible    shop: T.B: added"}},
		"method for implementers":   {"type I interface{ A() }", "type I interface{ A(); B() }", []string{"INCOMPATIBLE  shop: I.B: added"}},
		"not comparable any more":   {"type T struct{ a int }", "type T struct{ a []int }", []string{"INCOMPATIBLE  shop: T: old is comparable, new is not"}},
		"method of a type shown":    {shop, shop + "\nfunc (base) Extra() {}", []string{"compatible    shop: base.Extra: added"}},
		"import that nobody has":    {"import \"go/doc\"\nfunc A(doc.Mode) {}", "func A(int) {}", []string{"INCOMPATIBLE  shop: A: changed from func(invalid type) to func(int)"}},
		"result of unexported type": {"type t struct{ A int }\nfunc New() t { return t{} }", "type t struct{ B int }\nfunc New() t { return t{} }", []string{"INCOMPATIBLE  shop: t.A: removed", "compatible    shop: t.B: added"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, c := range compare(source(t, c.old).listings, source(t, c.now)) {
				got = append(got, c.String())
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestPackagesComeAndGo(t *testing.T) {
	now := source(t, shop)
	require.Empty(t, compare(listings{}, now), "the first listings of all")
	got := compare(listings{"market": []byte("package market")}, now)
	require.Equal(t, []change{{"market", "package removed", false}, {"shop", "package added", true}}, got)
	require.ErrorContains(t, stale(listings{}, now), "shop")
	require.ErrorContains(t, stale(listings{"shop": now.listings["shop"], "market": nil}, now), "market")
	require.NoError(t, stale(now.listings, now))
}

func TestUnmentioned(t *testing.T) {
	removed := []change{{"storage/kubo", "(*Node).Get: removed", false}}
	for name, c := range map[string]struct {
		changelog string
		ok        bool
	}{
		"empty":             {"", false},
		"bullet":            {"## Unreleased\n- `kubo`: Node.Get is gone\n", true},
		"on the next line":  {"## [Unreleased]\n- `kubo` has no\n  `Get` any more\n", true},
		"in a table":        {"## Unreleased\n| `kubo.Node.Get` | `kubo.Fetch` |\n", true},
		"no such symbol":    {"## Unreleased\n- kubo is faster\n", false},
		"part of a word":    {"## Unreleased\n- kubo has Getters\n", false},
		"two entries":       {"## Unreleased\n- kubo is faster\n- Node.Get is gone\n", false},
		"of a past release": {"## Unreleased\n## 0.1.0\n- kubo: Get is gone\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			err := unmentioned(removed, c.changelog)
			if c.ok {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, "storage/kubo: (*Node).Get: removed")
			}
		})
	}
	require.NoError(t, unmentioned([]change{{"kubo", "Get: added", true}}, ""), "compatible")
	require.NoError(t, unmentioned([]change{{"kubo", "package removed", false}}, "## Unreleased\n- package kubo is gone"))
}

func TestListingsOnDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "api")
	none, err := readListings(dir)
	require.NoError(t, err)
	require.Empty(t, none)
	require.NoError(t, write(dir, none, &repository{listings: listings{"a": []byte("1"), "b/c": []byte("2")}}))
	got, err := readListings(dir)
	require.NoError(t, err)
	require.Equal(t, listings{"a": []byte("1"), "b/c": []byte("2")}, got)
	require.NoError(t, write(dir, got, &repository{listings: listings{"a": []byte("3")}}))
	got, err = readListings(dir)
	require.NoError(t, err)
	require.Equal(t, listings{"a": []byte("3")}, got)
	_, err = os.Stat(filepath.Join(dir, "b/c.txt"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestPublic(t *testing.T) {
	for dir, want := range map[string]bool{
		".": true, "storage/node": true, "internal/tools": false, "round/internal/bindings": false,
		"examples/launch": false, "packagefmt/testdata/memory": false,
	} {
		require.Equal(t, want, public(dir), dir)
	}
}
