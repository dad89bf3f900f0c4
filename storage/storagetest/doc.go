// Package storagetest is the conformance suite for storage drivers, which this
// module's own drivers pass. A driver's test calls
//
//	storagetest.TestPusher(t, …)  // what is pushed can be fetched, and only when complete
//	storagetest.TestFetcher(t, …) // a store over the driver survives hostile content
//
// [Attacks] lists the hostile contents one by one, for tests of your own.
package storagetest
