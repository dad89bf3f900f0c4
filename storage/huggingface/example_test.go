package huggingface_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"testing/fstest"

	"github.com/decloud-sdk/decloud-go/internal/hubtest"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/huggingface"
)

// A miner publishes a data set to a shared directory, which stands for IPFS here, and to
// the hub. A validator that reaches only the hub fetches by the CID of the chain, and
// takes nothing that does not have it.
func Example() {
	hub := hubtest.Start() // https://huggingface.co, which needs no Endpoint
	defer hub.Close()
	hub.AddToken("hf_of-the-miner", true)
	dir, err := os.MkdirTemp("", "huggingface-example-*")
	check(err)
	defer os.RemoveAll(dir)
	ctx := context.Background()

	rows, err := huggingface.New("alice/rows", huggingface.Options{Endpoint: hub.API.URL, Token: storage.NewSecret("hf_of-the-miner")})
	check(err)
	defer rows.CloseIdle()
	miner, err := storage.Open(storage.Config{Dir: dir + "/miner", Pushers: []storage.Pusher{storage.NewCARDir(dir + "/cars"), rows}})
	check(err)
	root, err := miner.Add(ctx, fstest.MapFS{"data.json": {Data: []byte(`{"version": 1}`)}, "data.jsonl": {Data: []byte(`{"x": [1], "y": 0}`)}})
	check(err)
	receipts, err := miner.Push(ctx, root)
	check(err)
	onChain := receipts[1].ID // "hf:alice/rows@" and the commit

	from, err := huggingface.Open(onChain, huggingface.Options{Endpoint: hub.API.URL})
	check(err)
	defer from.CloseIdle()
	validator, err := storage.Open(storage.Config{Dir: dir + "/validator"})
	check(err)
	files, err := validator.Fetch(ctx, root, storage.AlsoFrom(from))
	check(err)
	text, err := fs.ReadFile(files, "data.jsonl")
	check(err)
	fmt.Println(root, string(text))

	other, err := storage.CID(ctx, fstest.MapFS{"data.json": {Data: []byte("another's")}}, storage.Default)
	check(err)
	_, err = validator.Fetch(ctx, other, storage.AlsoFrom(from))
	fmt.Println(err != nil)
	// Output:
	// bafybeigudqtxx2xckqhpvrzizxaj4ipwpipxikatqudjfoowazwfdrvtni {"x": [1], "y": 0}
	// true
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
