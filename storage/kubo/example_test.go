package kubo_test

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/kubo"
)

// A Kubo node of one's own, to publish to and to fetch from.
func ExampleNew() {
	node, err := kubo.New("http://127.0.0.1:5001", kubo.Options{})
	if err != nil {
		panic(err)
	}
	cfg := storage.Config{Dir: "/var/lib/decloud/blocks", Pushers: []storage.Pusher{node}, Fetchers: []storage.Fetcher{node}}
	fmt.Println(cfg.Pushers[0])
	// Output: kubo:127.0.0.1:5001
}
