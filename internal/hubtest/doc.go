// Package hubtest is a Hugging Face hub for tests: data sets with commits, tags and a
// large file storage, behind the paths, headers and errors that the hub publishes and
// its Python client relies on. What is stored elsewhere is served from another port,
// since it is another origin. Package storage/huggingface is tested against it, and so
// is the Python client itself, which keeps the server honest.
package hubtest
