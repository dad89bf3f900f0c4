package storagetest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/storagetest"
)

// source is a driver: one method that opens the CAR of a root.
type source map[cid.Cid][]byte

func (s source) Fetch(_ context.Context, root cid.Cid) (io.ReadCloser, error) {
	car, ok := s[root]
	if !ok {
		return nil, storage.ErrNotFound
	}
	return io.NopCloser(bytes.NewReader(car)), nil
}

// A driver of one's own, with honest content. Its test hands it to
// storagetest.TestFetcher, which tries everything that a hostile server may answer.
func ExampleHonest() {
	root, car := storagetest.Honest()
	dir, err := os.MkdirTemp("", "storagetest-example-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	store, err := storage.Open(storage.Config{Dir: dir, Fetchers: []storage.Fetcher{source{root: car}}})
	if err != nil {
		panic(err)
	}
	_, err = store.Fetch(context.Background(), root)
	fmt.Println(err)

	other, err := storage.CID(context.Background(), os.DirFS(dir), storage.Default)
	if err != nil {
		panic(err)
	}
	_, err = store.Fetch(context.Background(), other)
	fmt.Println(errors.Is(err, storage.ErrNotFound))
	// Output:
	// <nil>
	// true
}
