"""Every method of Anthropic's official client that a cell answers, whole and streamed."""

from anthropic import Anthropic, NotFoundError

from verdicts import arguments, judge

base_url, key = arguments()
model = "assistant"
messages = [{"role": "user", "content": "Which law governs?"}]
says = "simulated engine in DE"


def message(client):
    answer = client.messages.create(model=model, max_tokens=200, messages=messages)
    assert says in answer.content[0].text
    assert (answer.stop_reason, answer.usage.output_tokens > 0) == ("end_turn", True)


def message_streamed(client):
    events = client.messages.create(model=model, max_tokens=200, messages=messages, stream=True)
    deltas = [event.delta.text for event in events if event.type == "content_block_delta"]
    assert says in "".join(deltas)


def message_stream_to_its_end(client):
    with client.messages.stream(model=model, max_tokens=200, messages=messages) as stream:
        assert says in stream.get_final_message().content[0].text


def count(client):
    assert client.messages.count_tokens(model=model, messages=messages).input_tokens > 0


def models(client):
    assert [each.id for each in client.models.list()] == ["assistant", "solo"]
    assert client.models.retrieve(model).type == "model"


def error(client):
    try:
        client.messages.create(model="none", max_tokens=9, messages=messages)
    except NotFoundError:
        return
    raise AssertionError("no error")


methods = [
    ("messages.create", message),
    ("messages.create, streamed", message_streamed),
    ("messages.stream", message_stream_to_its_end),
    ("messages.count_tokens", count),
    ("models.list, retrieve", models),
    ("an error, typed", error),
]
ways = [
    ("anthropic (x-api-key)", Anthropic(base_url=base_url, api_key=key, max_retries=0)),
    ("anthropic (bearer)", Anthropic(base_url=base_url, auth_token=key, max_retries=0)),
]
for way, client in ways:
    for name, run in methods:
        judge(way, name, lambda: run(client))
