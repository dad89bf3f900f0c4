"""Hugging Face's own client against the server of this package.

    client.py upload REPO DIRECTORY [public]   creates a private data set, or a public one, uploads, prints the commit
    client.py download REPO REVISION DIRECTORY
    client.py errors REPO             names the exceptions of what is not there

HF_ENDPOINT, HF_TOKEN, HF_HOME and HF_HUB_DISABLE_XET come with the environment.
"""
import sys

from huggingface_hub import HfApi, hf_hub_download, snapshot_download
from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError

verb, repo, *rest = sys.argv[1:]
api = HfApi()
if verb == "upload":
    for _ in range(2):  # the second one finds it there
        api.create_repo(repo, repo_type="dataset", private="public" not in rest, exist_ok=True)
    print(api.upload_folder(repo_id=repo, repo_type="dataset", folder_path=rest[0], commit_message="rows").oid)
elif verb == "download":
    snapshot_download(repo, repo_type="dataset", revision=rest[0], local_dir=rest[1])
    paths = [f.path for f in api.list_repo_tree(repo, repo_type="dataset", revision=rest[0], recursive=True)]
    print(len(paths), api.dataset_info(repo, revision=rest[0]).sha)
elif verb == "errors":
    def error(**args):
        try:
            hf_hub_download(repo_type="dataset", **args)
        except (EntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError) as e:
            return type(e).__name__
    print(error(repo_id=repo + "-none", filename="a"), error(repo_id=repo, filename="a", revision="0" * 40), error(repo_id=repo, filename="none"))
