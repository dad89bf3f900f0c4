module github.com/decloud-sdk/decloud-go/dataset/parquet

go 1.26.0

require github.com/parquet-go/parquet-go v0.32.0

require (
	github.com/rivo/uniseg v0.4.7 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/image v0.46.0 // indirect
	golang.org/x/text v0.42.0 // indirect
)

require (
	github.com/andybalholm/brotli v1.1.1 // indirect
	github.com/decloud-sdk/decloud-go v0.1.0
	github.com/google/uuid v1.6.0 // indirect
	github.com/klauspost/compress v1.18.7
	github.com/parquet-go/bitpack v1.0.0 // indirect
	github.com/parquet-go/jsonlite v1.0.0 // indirect
	github.com/pierrec/lz4/v4 v4.1.21 // indirect
	github.com/stretchr/testify v1.12.1
	github.com/twpayne/go-geom v1.6.1 // indirect
	golang.org/x/sys v0.49.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
)

replace github.com/decloud-sdk/decloud-go => ../..
