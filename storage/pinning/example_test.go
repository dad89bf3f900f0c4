package pinning_test

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/kubo"
	"github.com/decloud-sdk/decloud-go/storage/pinning"
)

// One's own node takes the content and provides it, and the service fetches it from there. The service's gateway reads
// it back.
func ExampleNew() {
	node, err := kubo.New("http://127.0.0.1:5001", kubo.Options{})
	if err != nil {
		panic(err)
	}
	service, err := pinning.New("https://api.pinata.cloud/psa", pinning.Options{Token: storage.NewSecret("eyJhbGciOi"), Upload: node})
	if err != nil {
		panic(err)
	}
	fmt.Println(service)
	// Output: pinning:api.pinata.cloud
}
