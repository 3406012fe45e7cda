"""Every method of OpenAI's official client that a cell answers, whole and streamed."""

import asyncio

from openai import AsyncOpenAI, AzureOpenAI, NotFoundError, OpenAI

from verdicts import arguments, judge

base_url, key = arguments()
model = "assistant"
question = "Which law governs?"
messages = [{"role": "user", "content": question}]
says = "simulated engine in DE"

client = OpenAI(base_url=f"{base_url}/v1", api_key=key, max_retries=0)
azure = AzureOpenAI(azure_endpoint=base_url, api_key=key, api_version="2024-10-21", max_retries=0)
asynchronous = AsyncOpenAI(base_url=f"{base_url}/v1", api_key=key, max_retries=0)


def chat(client):
    completion = client.chat.completions.create(model=model, messages=messages)
    assert says in completion.choices[0].message.content
    assert completion.usage.completion_tokens > 0


def chat_streamed(client):
    chunks = client.chat.completions.create(model=model, messages=messages, stream=True)
    assert says in "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def chat_stream_to_its_end(client):
    with client.chat.completions.stream(model=model, messages=messages) as stream:
        assert says in stream.get_final_completion().choices[0].message.content


def completion(client):
    assert says in client.completions.create(model=model, prompt=question).choices[0].text


def completion_streamed(client):
    chunks = client.completions.create(model=model, prompt=[1, 22, 333], stream=True)
    assert says in "".join(chunk.choices[0].text for chunk in chunks if chunk.choices)


def embeddings(client):
    answer = client.embeddings.create(model=model, input=["a", "b"], dimensions=5)
    assert [len(item.embedding) for item in answer.data] == [5, 5]


def response(client):
    answer = client.responses.create(model=model, input=question)
    assert says in answer.output_text and answer.status == "completed"


def response_streamed(client):
    events = list(client.responses.create(model=model, input=question, stream=True))
    assert (events[0].type, events[-1].type) == ("response.created", "response.completed")
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert says in "".join(deltas)


def response_stream_to_its_end(client):
    with client.responses.stream(model=model, input=question) as stream:
        assert says in stream.get_final_response().output_text


def moderation(client):
    results = client.moderations.create(model=model, input=["a", "b"]).results
    assert [result.flagged for result in results] == [False, False]


def speech(client):
    with client.audio.speech.with_streaming_response.create(
        model=model, voice="alloy", input="hi", response_format="wav"
    ) as sound:
        assert sound.read() == b"SIM wav of 2 characters"


def transcription(client):
    heard = client.audio.transcriptions.create(model=model, file=("a.wav", b"RIFF\r\n\0abc"))
    assert heard.text == "This was a file of 10 bytes."


def transcription_streamed(client):
    events = list(client.audio.transcriptions.create(model=model, file=("a.wav", b"RIFF"), stream=True))
    assert events[-1].type == "transcript.text.done"


def translation(client):
    heard = client.audio.translations.create(model=model, file=("a.wav", b"RIFF\r\n\0abc"))
    assert heard.text == "This was a file of 10 bytes."


def picture(client):
    assert client.images.generate(model=model, prompt="a cat").data[0].b64_json


def picture_edited(client):
    assert client.images.edit(model=model, prompt="a cat", image=("a.png", b"PNG")).data[0].b64_json


def models(client):
    assert [each.id for each in client.models.list()] == ["assistant", "solo"]
    assert client.models.retrieve(model).id == model


def error(client):
    try:
        client.chat.completions.create(model="none", messages=messages)
    except NotFoundError:
        return
    raise AssertionError("no error")


def file_and_batch(client):
    line = b'{"custom_id":"1","method":"POST","url":"/v1/chat/completions","body":{"model":"assistant","messages":[{"role":"user","content":"hi"}]}}\n'
    file = client.files.create(file=("lines.jsonl", line), purpose="batch")
    assert client.files.content(file.id).read() == line
    batch = client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    assert client.batches.retrieve(batch.id).input_file_id == file.id
    assert [each.id for each in client.batches.list()] == [batch.id]


methods = [
    ("chat.completions.create", chat),
    ("chat.completions.create, streamed", chat_streamed),
    ("chat.completions.stream", chat_stream_to_its_end),
    ("completions.create", completion),
    ("completions.create, streamed", completion_streamed),
    ("embeddings.create", embeddings),
    ("responses.create", response),
    ("responses.create, streamed", response_streamed),
    ("responses.stream", response_stream_to_its_end),
    ("moderations.create", moderation),
    ("audio.speech", speech),
    ("audio.transcriptions.create", transcription),
    ("audio.transcriptions.create, streamed", transcription_streamed),
    ("audio.translations.create", translation),
    ("images.generate", picture),
    ("images.edit", picture_edited),
    ("models.list, retrieve", models),
    ("an error, typed", error),
]
for name, run in methods:
    judge("openai", name, lambda: run(client))
    judge("openai, as Azure's", name, lambda: run(azure))
judge("openai", "files.create, content, batches.create, retrieve, list", lambda: file_and_batch(client))


async def chat_of_many():
    asked = [asynchronous.chat.completions.create(model=model, messages=messages) for _ in range(8)]
    for answer in await asyncio.gather(*asked):
        assert says in answer.choices[0].message.content


judge("openai, asynchronous", "chat.completions.create, eight at once", lambda: asyncio.run(chat_of_many()))
