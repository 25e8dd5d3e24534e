"""The template of AWS: what CloudFormation's own schemas say of it, and what it must hold."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from cfnlint.decode import cfn_yaml

from tests.deploy.places import ROOT

TEMPLATE = ROOT / "deploy" / "aws-lambda" / "template.yaml"
RESOURCES: Any = cfn_yaml.load(str(TEMPLATE))["Resources"]


def lint(path: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--regions", "eu-north-1", "--", str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_schemas_of_aws_take_it() -> None:
    """Every resource and property is one that CloudFormation knows, with a value that it takes."""
    done = lint(TEMPLATE)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_slips_would_be_found(tmp_path: Path) -> None:
    """The check above can fail: a property, a name and a value that are none."""
    text = TEMPLATE.read_text()
    for right, wrong in (
        ("BlockPublicAcls", "BlockPublicAclz"),
        ("KmsKeyArn: !GetAtt Key.Arn", "KmsKeyArn: !GetAtt Kei.Arn"),
        ("RetentionInDays: 30", "RetentionInDays: 31"),
    ):
        assert right in text
        text = text.replace(right, wrong, 1)
    (tmp_path / "template.yaml").write_text(text)
    assert {"E3002", "E1010", "E3030"} <= set(re.findall(r"E\d{4}", lint(tmp_path / "template.yaml").stdout))


def test_records_are_for_nobody_else_and_do_not_outlive_erasure() -> None:
    """Private, encrypted, over TLS alone, kept when the stack goes, and without versions."""
    bucket = RESOURCES["Records"]["Properties"]
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert bucket["BucketEncryption"] and "VersioningConfiguration" not in bucket
    assert RESOURCES["Records"]["DeletionPolicy"] == RESOURCES["Key"]["DeletionPolicy"] == "Retain"
    (deny,) = RESOURCES["RecordsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert deny["Effect"] == "Deny" and deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_flood_is_bounded_and_nothing_of_requests_is_logged() -> None:
    """Requests a second and instances have a limit; there is no access log, and the function's own ends after a month."""
    function, gateway = RESOURCES["Collector"]["Properties"], RESOURCES["Gateway"]["Properties"]
    assert function["ReservedConcurrentExecutions"] == {"Ref": "Concurrency"}
    assert gateway["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": {"Ref": "RequestsPerSecond"}, "ThrottlingBurstLimit": {"Ref": "Burst"},
    }  # fmt: skip
    assert "AccessLogSettings" not in gateway and "Tracing" not in function
    assert RESOURCES["Log"]["Properties"]["RetentionInDays"] == 30


def test_it_runs_what_deploy_build_makes(unpacked: Path) -> None:
    """The zip and the handler that it names are those that the tests run; the keys come as their variable, under a key
    of the stack's own."""
    function = RESOURCES["Collector"]["Properties"]
    assert function["CodeUri"] == "../../var/aws-lambda.zip"
    module, _, name = function["Handler"].partition(".")
    assert f"\n{name} = " in (unpacked / f"{module}.py").read_text()
    assert f'default="{function["Runtime"].removeprefix("python")}"' in (ROOT / "deploy" / "pack").read_text()
    variables = function["Environment"]["Variables"]
    assert set(variables) == {"MITTARI_STORE", "MITTARI_SECRETS_JSON", "MITTARI_ADDRESS"} and function["KmsKeyArn"]
    assert "resolve:secretsmanager:" in variables["MITTARI_SECRETS_JSON"]["Fn::Sub"]
