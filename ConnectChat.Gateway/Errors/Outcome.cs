namespace ConnectChat.Gateway.Errors;

/// <summary>An <see cref="Outcome{T}"/> of any kind, for filters.</summary>
internal interface IOutcome
{
    /// <summary>Why there is no value; null when there is one.</summary>
    Refusal? Refusal { get; }

    /// <summary>The value.</summary>
    object Value { get; }
}

/// <summary>What a call came to: a value, or the refusal of it.</summary>
internal readonly record struct Outcome<T> : IOutcome
    where T : notnull
{
    private readonly T? _value;

    private Outcome(T? value, Refusal? refusal) => (_value, Refusal) = (value, refusal);

    /// <inheritdoc/>
    public Refusal? Refusal { get; }

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">There is none: the call was refused.</exception>
    public T Value => Refusal is null ? _value! : throw new InvalidOperationException($"There is no value: {Refusal}");

    object IOutcome.Value => Value;

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Refusal refusal) => new(default, refusal);
}
