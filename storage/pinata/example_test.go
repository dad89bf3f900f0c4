package pinata_test

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/pinata"
)

// A pinning service keeps a package where others fetch it. The token comes from
// the environment or a file, and shows in no log.
func ExampleNewCAR() {
	service, err := pinata.NewCAR(pinata.Options{JWT: storage.NewSecret("eyJhbGciOi")})
	fmt.Println(service, err)
	_, err = pinata.NewCAR(pinata.Options{})
	fmt.Println(err)
	// Output:
	// pinata <nil>
	// storage: pinata: set Options.JWT, or Options.Key and Options.SecretKey
}
