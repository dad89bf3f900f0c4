package lighthouse_test

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/lighthouse"
)

func ExampleNew() {
	service, err := lighthouse.New(lighthouse.Options{Key: storage.NewSecret("a1b2c3d4.e5f6")})
	fmt.Println(service, err)
	// Output: lighthouse <nil>
}
